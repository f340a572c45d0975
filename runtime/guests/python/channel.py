"""Calls between the two guests of a submission: the judge, which runs the tests, and the solution's.

The same code stands in both; `side` says what is particular to one. A message ends with two bytes, its kind and the
version of the format, so that `marshal` reads it from its start and stops before them:

    p  a plain value: (target, arguments, named) to call; or what the call returned
    t  the same as a table; an answer is (what happened, value, changed arguments)
    x  an exception of a builtin class, plain: (name, arguments)
    a  say the last message again, as a table
    u  a value that can't cross: why, as text
    o  the message before it, with the text that was printed meanwhile behind it, and that text's length
    l  the other guest was lost: a limit, a trap, an exit
    n  nobody is there to be called
    h  to the host: for the network (network.py)
    g  to the host: what was called there (http_log.py)
"""

import builtins
import marshal
import struct
import sys

import _proofhouse_values as values
from _proofhouse_values import ATOMS, Uncrossable

VERSION = b"\x01"
PLAIN, TABLE, RAISED, AGAIN, UNCROSSABLE, PRINTED, LOST, NOBODY, NETWORK, CALLS = (
    bytes([kind]) + VERSION for kind in b"ptxauolnhg"
)

EXCEPTIONS = {
    name: kind for name, kind in vars(builtins).items() if isinstance(kind, type) and issubclass(kind, BaseException)
}
dumps, loads = marshal.dumps, marshal.loads


class Lost(BaseException):
    """The other guest is gone. The host knows why, and decides the test."""


class Side:
    """What a guest does with what is not plain: `owned` in the solution's, `remote` in the judge."""

    describe = make = resolve = shown = None
    # Why an answer was not taken, the first time in a test.
    refused = ""


side = Side()


# ---- Calling


def cross(target, arguments, named):
    """Calls the other guest and answers as the function there does, or raises what it raises."""
    try:
        message = dumps((target, arguments, named), 4, allow_code=False) + PLAIN
    except ValueError:
        message = values.encode((target, arguments, named), side.describe) + TABLE
    reply = host_call(message)
    if reply.endswith(PLAIN):
        return loads(reply, allow_code=False)
    if reply.endswith(AGAIN):
        reply = host_call(values.encode((target, arguments, named), side.describe) + TABLE)
    return answered(reply, arguments, named)


def answered(reply, arguments, named):
    kind = reply[-2:]
    if kind == PRINTED:
        (length,) = struct.unpack("<I", reply[-6:-2])
        sys.stdout.write(reply[-6 - length : -6].decode("utf-8", "surrogateescape"))
        return answered(reply[: -6 - length], arguments, named)
    if kind == PLAIN:
        return loads(reply, allow_code=False)
    if kind == RAISED:
        try:
            name, parts = loads(reply, allow_code=False)
            error = values.exception(EXCEPTIONS[name], parts)
        except Exception:
            refuse("an exception that is none")
        raise error
    if kind == UNCROSSABLE:
        refuse(reply[:-2].decode("utf-8", "replace"))
    if kind == LOST:
        raise Lost
    if kind == NOBODY:
        raise RuntimeError("nobody is there to be called")
    originals = values.mutable((*arguments, *named.values()))
    try:
        happened, value, _ = values.decode(reply, side.make, originals)
    except Exception as error:
        refuse(f"an answer that can't be read: {type(error).__name__}: {error}")
    if happened == "raised":
        raise value
    return value


def refuse(why):
    """Ends a call whose answer can't be taken, and remembers it, whoever swallows the exception."""
    side.refused = side.refused or why
    raise Uncrossable(why) from None


# ---- Being called


class Last:
    """What was answered last, for when it must be said again."""

    said = None


last = Last()


def served(message):
    """Does what the other guest asks for, and answers with a message."""
    arguments, named, originals, before = (), {}, [], b""
    try:
        if message.endswith(PLAIN):
            target, arguments, named = loads(message, allow_code=False)
        else:
            target, arguments, named = values.decode(message, side.make)
        # Most arguments are atoms, which nobody can change.
        if named or not ATOMS.issuperset(map(type, arguments)):
            originals = values.mutable((*arguments, *named.values()))
            before = state_of(arguments, named) if originals else b""
        happened, value = "returned", side.resolve(target)(*arguments, **named)
    except Lost:
        return LOST
    except Uncrossable as error:
        return uncrossable(error)
    except BaseException as error:
        happened, value = "raised", side.shown(error)
    if originals and (state_of(arguments, named) != before or any(value is original for original in originals)):
        return table(happened, value, originals)
    last.said = (happened, value)
    if happened == "raised":
        kind = type(value)
        if EXCEPTIONS.get(kind.__name__) is not kind or vars(value):
            return table(happened, value, [])
        plain, ending = (kind.__name__, values.arguments_of(value)), RAISED
    else:
        plain, ending = value, PLAIN
    try:
        return dumps(plain, 4, allow_code=False) + ending
    except ValueError:
        return table(happened, value, [])


def state_of(arguments, named):
    try:
        return dumps((arguments, named), 4, allow_code=False)
    except ValueError:
        return values.encode((arguments, named), side.describe)


def table(happened, value, originals):
    try:
        return values.encode((happened, value, originals), side.describe, originals) + TABLE
    except Uncrossable as error:
        return uncrossable(error)
    except BaseException as error:
        return uncrossable(f"describing it raises {type(error).__name__}")


def uncrossable(why):
    return str(why).encode("utf-8", "replace") + UNCROSSABLE


def again():
    return table(*last.said, [])
