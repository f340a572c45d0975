"""The guest's side of the host's calls: runs programs and tests, and answers with what they did.

`serve` is the one function that the host calls. A request is an operation byte and fields, a field being
a little-endian u32 length and that many bytes; an answer is fields alone, the first of them a status.

This file runs before the snapshot, in a namespace whose builtins are a copy: a program that
breaks `builtins` breaks its own, not these.
"""

import ast
import builtins
import json
import linecache
import marshal
import math
import struct
import sys
import traceback
import types
from importlib.util import MAGIC_NUMBER

SOLUTION, TESTS = "solution.py", "<tests>"
# Characters of a message, of a value in it, and of a traceback: enough to see what happened.
MESSAGE, VALUE, TRACEBACK = 2000, 200, 8000


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


def cut(text, length):
    return text if len(text) <= length else text[:length] + "…"


def shown(value):
    try:
        return cut(repr(value), VALUE)
    except Exception as error:
        return f"<a {type(value).__name__} whose repr raises {type(error).__name__}>"


# ---- What a program did


class Failure(AssertionError):
    """An assertion of the tests that did not hold."""


def failure(source, message, *values):
    names = ["left", "right"] if len(values) == 2 else ["value"]
    seen = ", ".join(f"{name}: {shown(value)}" for name, value in zip(names, values))
    extra = f": {cut(str(message), VALUE)}" if message else ""
    return Failure(f"{source} ({seen}){extra}")


def innermost(error):
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    return place.tb_frame.f_code.co_filename if place is not None else ""


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
    if isinstance(error, Failure) or (isinstance(error, AssertionError) and innermost(error) == TESTS):
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
    return answer("ok")


# ---- Operations


def module(name, path):
    fresh = types.ModuleType(name)
    fresh.__file__ = path
    fresh.__builtins__ = builtins
    sys.modules[name] = fresh
    return fresh.__dict__


def compiled(source, filename):
    state.sources[filename] = source
    try:
        return threads.compile_program(source, filename), None
    except (SyntaxError, ValueError, OverflowError) as error:
        where = f" (line {error.lineno})" if isinstance(error, SyntaxError) and error.lineno else ""
        text = error.msg if isinstance(error, SyntaxError) else str(error)
        return None, answer("syntax", f"{type(error).__name__}: {cut(str(text), MESSAGE)}{where}")
    except MemoryError as error:
        # The parser says so of source that nests too deeply; no memory was refused.
        if "too complex" in str(error):
            return None, answer("syntax", f"SyntaxError: {error}")
        return None, described(error)
    except BaseException as error:
        return None, described(error)


def run_program(source, filename, *arguments):
    """The whole program as `__main__`, with what Python does at its end."""
    filename = filename.decode()
    code, refusal = compiled(source, filename)
    if refusal is not None:
        return refusal
    namespace = module("__main__", filename)
    sys.argv[:] = [filename, *(argument.decode("utf-8", "surrogateescape") for argument in arguments)]
    exit_functions = sys.modules["atexit"]._run_exitfuncs

    def run():
        try:
            exec(code, namespace)
        except BaseException as error:
            # Python reports an exception before the handlers at exit run, and they don't change it.
            reported = error
        else:
            reported = None
        try:
            threads.shutdown()
        except RuntimeError:
            # Threads that can't end are news only where the program had none of its own.
            if reported is None:
                raise
        finally:
            exit_functions()
        if reported is not None:
            raise reported

    return guarded(run)


def load_solution(source):
    """The submission as a module that the tests then share."""
    code, refusal = compiled(source, SOLUTION)
    if refusal is not None:
        return refusal
    state.namespace = module("solution", SOLUTION)
    state.namespace["@failure"] = failure
    return guarded(lambda: exec(code, state.namespace))


def run_tests(code):
    code = marshal.loads(code)
    return guarded(lambda: exec(code, state.namespace))


def explain(body, lines):
    """Gives every assertion among these statements, and below them, a message with the values that it compared.

    Only statements are walked, since expressions hold none, and tests have large ones."""
    for position in range(len(body) - 1, -1, -1):
        node = body[position]
        if type(node) is ast.Assert:
            body[position : position + 1] = explained(node, lines)
            continue
        for field in ("body", "orelse", "finalbody", "handlers", "cases"):
            inner = getattr(node, field, None)
            if type(inner) is list:
                explain(inner, lines)


def explained(node, lines):
    place = {name: getattr(node, name) for name in ("lineno", "col_offset", "end_lineno", "end_col_offset")}

    def name(text, context):
        return ast.Name(text, context, **place)

    test = node.test
    if type(test) is ast.Compare and len(test.ops) == 1:
        values = {"@left": test.left, "@right": test.comparators[0]}
        held = ast.Compare(name("@left", ast.Load()), test.ops, [name("@right", ast.Load())], **place)
    else:
        values = {"@value": test}
        held = name("@value", ast.Load())
    if test.lineno == test.end_lineno:
        source = lines[test.lineno - 1].encode()[test.col_offset : test.end_col_offset].decode()
    else:
        source = lines[test.lineno - 1].encode()[test.col_offset :].decode().rstrip() + " …"
    source = ast.Constant(cut("assert " + source, VALUE + VALUE), **place)
    arguments = [source, node.msg or ast.Constant("", **place)]
    arguments += [name(value, ast.Load()) for value in values]
    raising = ast.Raise(ast.Call(name("@failure", ast.Load()), arguments, [], **place), None, **place)
    statements = [ast.Assign([name(text, ast.Store())], value, **place) for text, value in values.items()]
    statements.append(ast.If(ast.UnaryOp(ast.Not(), held, **place), [raising], [], **place))
    return statements


def compile_tests(source):
    """Test code, compiled once a task and never charged to a submission."""
    try:
        tree = ast.parse(source, TESTS)
        # Positions count in the lines that the parser sees, and in bytes of them.
        explain(tree.body, source.decode("utf-8-sig").replace("\r\n", "\n").split("\n"))
        return answer("ok", marshal.dumps(compile(tree, TESTS, "exec", 0, True)))
    except (SyntaxError, ValueError, RecursionError) as error:
        return answer("syntax", f"{type(error).__name__}: {error}")


def compile_module(source, path):
    """A module of the standard library as an unchecked .pyc (PEP 552)."""
    try:
        code = compile(source, path.decode(), "exec", 0, True)
    except (SyntaxError, ValueError) as error:
        return answer("syntax", f"{type(error).__name__}: {error}")
    # Flag 1 alone: hash-based and never checked, so the hash may be anything.
    return answer("ok", MAGIC_NUMBER + struct.pack("<I", 1) + bytes(8) + marshal.dumps(code))


def expect(entry_point, arguments):
    """What the reference, loaded before, answers to a call: the case that submissions are then held to."""
    arguments = json.loads(arguments)
    before = marshal.dumps(arguments)
    reply = []

    def run():
        reply.append(marshal.dumps(state.namespace[entry_point.decode()](*arguments)))

    status = guarded(run)
    return answer("ok", answer(before, reply[0])) if reply else status


def run_case(entry_point, case, tolerance):
    """Holds a submission's answer to the reference's."""
    before, expected = fields(b"." + case)
    entry_point = entry_point.decode()

    def run():
        arguments = marshal.loads(before)
        got = state.namespace[entry_point](*arguments)
        wanted = marshal.loads(expected)
        if not agrees(got, wanted, float(tolerance)):
            call = f"{entry_point}({', '.join(shown(argument) for argument in marshal.loads(before))})"
            raise Failure(f"{cut(call, VALUE + VALUE)} (got: {shown(got)}, expected: {shown(wanted)})")

    return guarded(run)


def only_floats(value):
    if type(value) in (list, tuple) and value:
        return all(type(item) is float for item in value)
    return type(value) is float


def agrees(got, wanted, tolerance):
    """Equality; or closeness of numbers, where a tolerance is given or floats are expected (EvalPlus)."""
    if got == wanted:
        return True
    if tolerance == 0.0 and only_floats(wanted):
        tolerance = 1e-6
    return tolerance > 0.0 and close(got, wanted, tolerance)


def close(got, wanted, tolerance):
    if type(wanted) in (list, tuple):
        same = type(got) is type(wanted) and len(got) == len(wanted)
        return same and all(close(a, b, tolerance) for a, b in zip(got, wanted))
    if type(wanted) in (int, float) and type(got) in (int, float):
        if math.isnan(wanted) or math.isnan(got):
            return math.isnan(wanted) and math.isnan(got)
        return got == wanted or abs(got - wanted) <= tolerance + 1e-7 * abs(wanted)
    return got == wanted


OPERATIONS = {
    ord("P"): run_program,
    ord("L"): load_solution,
    ord("T"): run_tests,
    ord("C"): compile_tests,
    ord("M"): compile_module,
    ord("E"): expect,
    ord("R"): run_case,
}


def serve(request):
    return OPERATIONS[request[0]](*fields(request))
