"""What the tests see of the calls that the code under test made: `http.calls`.

The host keeps the log, and answers with the whole of it as JSON. A body's bytes stand in it as the characters of their
numbers.
"""

import json


def fetch_log():
    """Stands for the host's function until that is put in its place."""
    return b"[]"


class Call:
    """One request, or an attempt to connect that failed."""

    def __init__(self, entry):
        self.method = entry["method"]
        self.url = entry["url"]
        self.path = entry["path"]
        self.query = entry["query"]
        self.headers = entry["headers"]
        self.body = entry["body"].encode("latin-1")
        # None where it failed, and then what failed: "refused", "dns", "reset" or "timeout".
        self.status = entry["status"]
        self.failure = entry["failure"]
        # Seconds from the start of the test.
        self.at = entry["at_ns"] / 1e9

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"<{self.method or 'connection to'} {self.url}: {self.status or self.failure} at {self.at:.3f} s>"


class Log:
    """What was called up to now."""

    def __init__(self):
        self._calls = []

    @property
    def calls(self):
        # Calls are never changed, only added, so that a call stays the same object.
        self._calls += map(Call, json.loads(fetch_log())[len(self._calls) :])
        return list(self._calls)

    def __repr__(self):
        return f"<{len(self.calls)} calls>"
