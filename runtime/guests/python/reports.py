"""Answers to the host, and what an exception that nobody caught says in one.

A request is an operation byte and fields, a field being a little-endian u32 length and that many bytes; an answer is fields alone,
the first of them a status.
"""

import builtins
import linecache
import struct
import sys
import traceback
import types

import _proofhouse_channel as channel
import _proofhouse_values as values
from _proofhouse_outcomes import TESTS, Failed, Failure, Skipped, innermost
from _proofhouse_text import MESSAGE, TRACEBACK, VALUE, cut, shown

# What says that a test failed, as long as it is the tests that raise it.
ASSERTIONS = (AssertionError, Failed)


def fields(request):
    position, found = 1, []
    while position < len(request):
        (length,) = struct.unpack_from("<I", request, position)
        found.append(request[position + 4 : position + 4 + length])
        position += 4 + length
    return found


def answer(*parts):
    encoded = [part if type(part) is bytes else str(part).encode("utf-8", "backslashreplace") for part in parts]
    return b"".join(struct.pack("<I", len(part)) + part for part in encoded)


OK = answer("ok")


# ---- What a program did


def failure(source, message, *compared):
    names = ["left", "right"] if len(compared) == 2 else ["value"]
    seen = ", ".join(f"{name}: {shown(value)}" for name, value in zip(names, compared))
    extra = f": {cut(str(message), VALUE)}" if message else ""
    return Failure(f"{source} ({seen}){extra}")


def shown_traceback(error, sources):
    for name, source in sources.items():
        text = source.decode("utf-8", "replace") if type(source) is bytes else source
        linecache.cache[name] = (len(text), None, text.splitlines(True), name)
    # The outermost frames are the driver's own.
    place = error.__traceback__
    while place is not None and place.tb_frame.f_code.co_filename.startswith("<proofhouse"):
        place = place.tb_next
    return cut("".join(traceback.format_exception(type(error), error, place)), TRACEBACK)


def described(error):
    """An answer for an exception that nobody caught."""
    if type(error) is values.Uncrossable:
        return answer("uncrossable", cut(str(error), MESSAGE))
    if type(error) is channel.Lost:
        return answer("lost")
    # A metaclass may lie about these two, or raise.
    kind = type.__dict__["__name__"].__get__(type(error))
    bases = ",".join(type.__dict__["__name__"].__get__(base) for base in type.__dict__["__mro__"].__get__(type(error)))
    try:
        text = cut(str(error), MESSAGE)
    except BaseException as second:
        text = f"<its message raises {type(second).__name__}>"
    if isinstance(error, SystemExit):
        code = error.code
        if code is None or isinstance(code, int):
            return answer("exited", int(code or 0) & 0xFFFFFFFF, "")
        return answer("exited", 1, text)
    if type(error) is Skipped:
        return answer("skipped", text)
    if isinstance(error, Failure) or (isinstance(error, ASSERTIONS) and innermost(error) == TESTS):
        return answer("failed", text)
    try:
        trace = shown_traceback(error, state.sources)
    except BaseException as second:
        trace = f"<the traceback raises {type(second).__name__}>"
    return answer("raised", kind, text, trace, bases)


class State:
    """What the operations of one run share."""

    namespace = None
    sources = {}
    # A failed assertion of a function that the tests handed to the solution: it may be swallowed there.
    failure = None


state = State()
settrace, setprofile = sys.settrace, sys.setprofile
# The names are the streams that the program found; it may have put others in their place.
streams = (sys.stdout, sys.stderr)


def settle():
    """Takes the program's hooks away and writes out what it printed."""
    settrace(None)
    setprofile(None)
    for stream in {*streams, sys.stdout, sys.stderr} if sys.stdout is not streams[0] else streams:
        try:
            stream.flush()
        except BaseException:
            pass


def guarded(run):
    try:
        try:
            run()
        finally:
            settle()
    except BaseException as error:
        reply = described(error)
        settle()
        return reply
    return OK


def module(name, path):
    fresh = types.ModuleType(name)
    fresh.__file__ = path
    fresh.__builtins__ = builtins
    sys.modules[name] = fresh
    return fresh.__dict__
