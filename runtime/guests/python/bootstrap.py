"""Runs once, before the snapshot: imports what generated programs use, so that it is there at no cost,
loads the driver, and warms what a run goes through.

`SOURCES` (name to text) and `PACKAGES` (whether the profile of that name is made) are put in front of this file by the host.
"""

import builtins
import gc
import os
import sys
import types


def load(name):
    """One of ours, as a module whose builtins a program can't reach."""
    loaded = types.ModuleType("_proofhouse_" + name)
    loaded.__dict__["__builtins__"] = dict(vars(builtins))
    sys.modules[loaded.__name__] = loaded
    exec(compile(SOURCES[name], f"<proofhouse {name}>", "exec", 0, True), loaded.__dict__)
    return loaded


# Before anything that looks for `ssl`: asyncio and `http.client` do so when they are imported.
network = load("network")
for name in ("sockets", "readiness", "tls_names"):
    load(name)
load("tls").install()

# Modules that programs of the public suites import, with what those import in turn.
IMPORTED = """
    __future__ abc argparse array ast asyncio atexit base64 bisect calendar cmath collections collections.abc
    concurrent.futures contextlib copy csv dataclasses datetime decimal encodings.ascii encodings.idna
    encodings.latin_1 enum fractions functools hashlib heapq html inspect io itertools json keyword linecache
    locale logging marshal math numbers operator pathlib pickle pprint queue random re shlex sqlite3 statistics
    string struct tempfile textwrap threading time token traceback typing unittest unittest._log unittest.async_case unittest.mock
    urllib.parse uuid warnings weakref zlib
"""
for name in IMPORTED.split():
    __import__(name)

for name in ("rewrite", "twins", "scheduler", "processes", "event_loop"):
    load(name)
threads = load("threads")
threads.install()
entrances = load("entrances")
entrances.install()
if PACKAGES:
    for name in ("requests", "httpx", "jwt", "sqlalchemy", "sqlalchemy.orm", "sqlalchemy.dialects.sqlite", "pytest"):
        __import__(name)
    entrances.install_packages()
for name in ("text", "assertions", "closeness", "values", "json_cases", "measure", "sql"):
    load(name)
channel = load("channel")
channel.host_call = builtins._proofhouse_host_call
del builtins._proofhouse_host_call
load("operations")
foreign, owned, standins, remote = map(load, ("foreign", "owned", "standins", "remote"))
network.exchange = lambda message: channel.host_call(message + channel.NETWORK)
http_log = load("http_log")
http_log.fetch_log = lambda: channel.host_call(channel.CALLS)
load("plan")
load("inventory")
for name in "outcomes discovery fixtures marks approx captures tools pytest_standin suite cases unit".split():
    load(name)
unit = sys.modules["_proofhouse_unit"]
load("reports")
judging = load("judging")
driver = load("driver")
driver.threads = judging.threads = threads

sys.stdout.reconfigure(line_buffering=True)
os.environ.clear()
os.chdir("/work")
sys.path.insert(0, "/work")
sys.dont_write_bytecode = True


def loopback(message):
    """Stands in for the other guest while this one warms up."""
    driver.take_side(owned)
    reply = driver.serve(b"X" + message)
    driver.take_side(remote)
    return reply


def request(operation, *fields):
    packed = b"".join(len(field).to_bytes(4, "little") + field for field in fields)
    return operation + packed


class WarmServer:
    """The network of the warm-up: one server, which says the same to everybody."""

    said = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n{"ok": true}'

    def __init__(self):
        self.waiting = b""

    def exchange(self, message):
        operation, body = message[:1], message[5:]
        if operation == b"c":
            self.waiting = b""
            return b"c\0\0\0\0"
        if operation == b"s":
            self.waiting += body if body[:1] == b"\x16" else self.said if body.endswith((b"\r\n\r\n", b"}")) else b""
        elif operation == b"r":
            reply, self.waiting = self.waiting, b""
            return b"b" + reply if reply else b"f"
        return b"k"


host_call, channel.host_call = channel.host_call, loopback
host_exchange, network.exchange = network.exchange, WarmServer().exchange
real_pytest = sys.modules.get("pytest")
file = b"""import unittest
import pytest


class TestSum(unittest.TestCase):
    def test_sum(self):
        self.assertEqual(sum([1, 2]), 3)


@pytest.mark.parametrize("number", [1, 2])
def test_number(number):
    assert number > 0
    with pytest.raises(ValueError):
        int("x")
"""
code = driver.fields(b"." + driver.fields(b"." + driver.serve(request(b"C", file)))[1])[0]
driver.serve(request(b"L", b""))
for member in driver.fields(b"." + driver.serve(request(b"F", file)))[1].split(b"\n"):
    driver.serve(request(b"U", code, file, member))
unit.loaded.namespace = unit.loaded.code = None
# The stand-in is for the tests of a judge alone; with the packages, programs have the real one.
del sys.modules["pytest"]
if real_pytest is not None:
    sys.modules["pytest"] = real_pytest
# Every operation once or twice: interned strings, inline caches and type caches are then in the snapshot.
for text in (SOURCES["warm_up"] + "# ---\n" + SOURCES["warm_up_packages"] * PACKAGES).split("# ---\n"):
    if not text:
        continue
    solution, tests = (part.encode() for part in text.split("# tests\n"))
    code, _, read, bound = driver.fields(b"." + driver.fields(b"." + driver.serve(request(b"C", tests)))[1])
    driver.serve(request(b"L", solution))
    driver.serve(request(b"T", code))
    # The same with the tests apart, this guest being both.
    plan = driver.fields(b"." + driver.serve(request(b"N", b"", b"", solution, read, bound)))[1]
    prelude, wanted = driver.fields(b"." + plan)
    loaded = driver.fields(b"." + driver.serve(request(b"L", solution, wanted)))[1]
    driver.serve(request(b"B", prelude, wanted, loaded, b""))
    driver.serve(request(b"T", code))
for text in (b"import sys\nsys.exit(3)", b"def f(:\n", b"1 / 0"):
    driver.serve(request(b"P", text, b"program.py"))
del sys.modules["solution"], sys.modules["__main__"]
sys.modules["__main__"] = types.ModuleType("__main__")
sys.argv[:] = [""]
channel.host_call, network.exchange = host_call, host_exchange
driver.state.namespace = owned.state.namespace = channel.last.said = None
for table in (owned.found, owned.numbers, foreign.made, foreign.kinds, standins.numbers, standins.bindings,
              remote.known, remote.handed, remote.handed_numbers, remote.messages, standins.handed_out, standins.tainted):  # fmt: skip
    table.clear()
driver.state.sources = {}
sys.modules["linecache"].cache.clear()
sys.modules["re"].purge()
# The warm-up judged, and a judge gives up the working directory; programs import from theirs.
sys.path.insert(0, "/work")

builtins._proofhouse_serve = driver.serve
# Generated programs make little garbage in cycles: a higher threshold is 12 % on allocation-heavy ones.
gc.collect()
gc.collect()
gc.freeze()
gc.set_threshold(20000, 10, 0)
