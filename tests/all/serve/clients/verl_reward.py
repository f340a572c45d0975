"""verl's reward function for code, as its trainer calls it: loaded from the wheel by its path, without the rest of verl."""

import http.client
import importlib.util
import json
import logging
import site
import sys
import threading
import urllib.parse

server = sys.argv[1]
folder = f"{site.getsitepackages()[0]}/verl/utils/reward_score/sandbox_fusion"
spec = importlib.util.spec_from_file_location("reward", f"{folder}/__init__.py", submodule_search_locations=[folder])
reward = importlib.util.module_from_spec(spec)
sys.modules["reward"] = reward
spec.loader.exec_module(reward)


def score(code, cases, timeout=10, continuous=False):
    completion = f"Here it is:\n```python\n{code}\n```\n"
    semaphore = threading.Semaphore(32)
    return reward.compute_score(f"{server}/run_code", semaphore, 1024, completion, cases, continuous, timeout)


def expect(what, found, expected):
    assert found == expected, f"{what}: {found!r} is not {expected!r}"
    print(f"{what}: {found!r}")


add = {"inputs": ["1 2", "3 4", "10 20"], "outputs": ["3", "7\n", "30"]}
right = "print(sum(map(int, input().split())))"
value, rows = score(right, add)
expect("right", (value, [row["status"] for row in rows]), (1.0, ["success"] * 3))
assert all(row["duration"] < 0.1 for row in rows), rows
value, rows = score("input(); print(3)", add)
expect("wrong", (value, [row["status"] for row in rows]), (1 / 3, ["success", "wrong_answer", "wrong_answer"]))
value, rows = score("while True: pass", {"inputs": [""], "outputs": [""]}, timeout=1)
expect("timeout", (value, rows[0]["status"], rows[0]["run_status"]), (0.0, "timeout", "TimeLimitExceeded"))
value, rows = score("print(", add)
expect("syntax error", (value, rows[0]["status"], rows[0]["exit_code"]), (0.0, "runtime_error", 1))
assert "SyntaxError" in rows[0]["stderr"], rows[0]
value, rows = score("raise ValueError('no')", add)
expect("exception", (value, rows[0]["status"]), (0.0, "runtime_error"))
assert rows[0]["stderr"].rstrip().endswith("ValueError: no"), rows[0]
value, rows = score(
    "class Solution:\n    def twice(self, x, y):\n        return [x * 2, y]",
    {"fn_name": "twice", "inputs": ['2\n"a"'], "outputs": ['[4, "a"]']},
)
expect("function", (value, rows[0]["status"]), (1.0, "success"))
value, rows = score("def f(x): return x + 1", {"assert_case": ["assert f(1) == 2", "assert f(1) == 3"]})
expect("assertions", (value, [row["status"] for row in rows]), (0.5, ["success", "runtime_error"]))
many = {"inputs": [f"{n} {n}" for n in range(100)], "outputs": [str(2 * n) for n in range(100)]}
value, rows = score(right, many)
expect("100 cases at a time", (value, {row["status"] for row in rows}), (1.0, {"success"}))
value, rows = score(right, many, continuous=True)
expect("the first ten of 100", value, 1.0)


class Attempts(logging.Handler):
    """Sees verl's log: a 504 frees the line."""

    def __init__(self):
        super().__init__()
        self.refused = threading.Event()
        self.count = 0

    def emit(self, record):
        if "Gateway Timeout (504)" in record.getMessage():
            self.count += record.levelno == logging.WARNING
            self.refused.set()


# The one worker gets more to do than a request with a timeout of a second may wait for, until verl was told 504 once.
attempts = Attempts()
logging.getLogger("reward.utils").addHandler(attempts)
body = json.dumps({"code": "while True: pass", "language": "python", "run_timeout": 3})
address = urllib.parse.urlparse(server).netloc
line = [http.client.HTTPConnection(address) for _ in range(20)]
for connection in line:
    connection.request("POST", "/run_code", body, {"Content-Type": "application/json"})
threading.Thread(target=lambda: [attempts.refused.wait(), [connection.close() for connection in line]]).start()
value, rows = score(right, {"inputs": ["1 2"], "outputs": ["3"]}, timeout=1)
expect("after a 504 it is tried again", (value, rows[0]["status"], attempts.count > 0), (1.0, "success", True))
print("all as expected")
