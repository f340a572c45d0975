"""The guest's side of the host's calls: runs programs and tests, and answers with what they did.

`serve` is the one function that the host calls. A request is an operation byte and fields, a field being
a little-endian u32 length and that many bytes; an answer is fields alone, the first of them a status.

This file runs before the snapshot, in a namespace whose builtins are a copy: a program that
breaks `builtins` breaks its own, not these.
"""

import ast
import builtins
import itertools
import json
import linecache
import marshal
import struct
import sys
import traceback
import types
from importlib.util import MAGIC_NUMBER

import _proofhouse_channel as channel
import _proofhouse_discovery as discovery
import _proofhouse_http_log as http_log
import _proofhouse_inventory as inventory
import _proofhouse_json_cases as json_cases
import _proofhouse_measure as measure
import _proofhouse_owned as owned
import _proofhouse_plan as plan
import _proofhouse_remote as remote
import _proofhouse_sql as sql
import _proofhouse_unit as unit
import _proofhouse_values as values
from _proofhouse_assertions import explain
from _proofhouse_closeness import agrees
from _proofhouse_outcomes import SOLUTION, TESTS, Failed, Failure, Skipped, innermost, proof
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
            said = reported.code if type(reported) is SystemExit else None
            if said is not None and type(said) not in (int, bool):
                print(said, file=sys.stderr)
            raise reported

    return guarded(run)


def load_solution(source, wanted=None):
    """The submission as a module: for tests that share it, or for a judge, which is told what the wanted names are."""
    code, refusal = compiled(source, SOLUTION)
    if refusal is not None:
        return refusal
    state.namespace = owned.state.namespace = module("solution", SOLUTION)
    take_side(owned)
    refusal = guarded(lambda: exec(code, state.namespace))
    if wanted is None or refusal != OK:
        return refusal
    try:
        return answer("ok", answer(*owned.named(wanted.decode().split("\n"))))
    except values.Uncrossable as error:
        return answer("uncrossable", cut(str(error), MESSAGE))
    except BaseException as error:
        return described(error)


def take_side(one):
    channel.side.describe, channel.side.make, channel.side.resolve = one.describe, one.make, one.resolve
    channel.side.shown = shown_to_solution if one is remote else lambda error: error


def called(message):
    reply = channel.again() if message == channel.AGAIN else channel.served(message)
    settle()
    return reply


# ---- Tests


def shown_to_solution(error):
    """What the solution sees of an exception in a function of the tests: never an assertion of theirs."""
    assertion = hidden_assertion(error, 0)
    if assertion is not None:
        state.failure = state.failure or assertion
        return AssertionError()
    return error


def hidden_assertion(error, depth):
    """An assertion in an exception, in those that it groups, or in what caused it."""
    if isinstance(error, ASSERTIONS) or error is None or depth > 20:
        return error if isinstance(error, ASSERTIONS) else None
    inner = (*getattr(error, "exceptions", ()), error.__cause__, error.__context__)
    return next(filter(None, (hidden_assertion(one, depth + 1) for one in inner)), None)


def begin_judging(prelude, wanted, found, setup):
    """The judge's module: the task's own definitions, stand-ins for what the solution defines, and the task's setup."""
    take_side(remote)
    kinds, table = fields(b"." + found)
    state.namespace = module("solution", TESTS)
    others = iter(values.decode(table, remote.make) if table else ())
    state.namespace["__getattr__"] = remote.attribute_of_module
    if prelude:
        exec(marshal.loads(prelude), state.namespace)
    for name, kind in zip(wanted.decode().split("\n"), kinds.decode()):
        if kind == "f":
            state.namespace[name] = remote.function(name, name)
        elif kind == "v":
            state.namespace[name] = next(others)
    # What the solution writes there would be imported here.
    sys.path[:] = [path for path in sys.path if path not in ("", "/work")]
    return run_tests(setup) if setup else answer(0, "", "") + OK


def judged(run):
    """What a test did, behind what the host asks of a pass: assertions that held, and what only the solution vouched for."""
    held = itertools.count()
    state.namespace["@failure"], state.namespace["@held"], proof.held = failure, held.__next__, held.__next__
    state.failure, remote.vouched.by, remote.came.by, channel.side.refused = None, "", "", ""
    status = guarded(run)
    if channel.side.refused:
        status = answer("uncrossable", cut(channel.side.refused, MESSAGE))
    elif status == OK and state.failure is not None:
        status = described(state.failure)
    return answer(next(held), remote.vouched.by, remote.came.by) + status


def run_tests(code):
    threads.prepare_for(code)
    code = marshal.loads(code)
    return judged(lambda: exec(code, state.namespace))


def find_members(source):
    """The names of the tests in a file, one on each line; none where the file as a whole is the test."""
    found = []
    status = guarded(lambda: found.extend(discovery.members(ast.parse(source, TESTS))))
    return answer("ok", "\n".join(found)) if status == OK else status


def run_member(code, source, member):
    """One test of a file, or without a name the file as a whole; the file itself runs once for all of them."""
    threads.prepare_for(code)
    state.sources[TESTS] = source
    source, namespace = source.decode("utf-8-sig"), state.namespace

    def run():
        unit.load(code, namespace, source, lambda: exec(marshal.loads(code), namespace))
        vouched, came = unit.loaded.proof
        remote.vouched.by, remote.came.by = unit.loaded.proof = remote.vouched.by or vouched, remote.came.by or came
        members = member.decode().split("\n")
        if len(members) > 1:
            unit.run_all(members, namespace, source)
        elif member:
            unit.run(members[0], namespace, source)

    return judged(run)


def run_http_tests(code):
    state.namespace["http"] = http_log.Log()
    return run_tests(code)


def compile_tests(source):
    """Test code, compiled once a task and never charged to a submission."""
    try:
        tree = ast.parse(source, TESTS)
        # Positions count in the lines that the parser sees, and in bytes of them.
        count = explain(tree.body, source.decode("utf-8-sig").replace("\r\n", "\n").split("\n"))
        code = compile(tree, TESTS, "exec", 0, True)
        return answer("ok", answer(marshal.dumps(code), count, *("\n".join(names) for names in plan.names_of(code))))
    except (SyntaxError, ValueError, RecursionError) as error:
        return answer("syntax", f"{type(error).__name__}: {error}")
    except BaseException as error:
        return described(error)


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
        reply.append(values.encode(state.namespace[entry_point.decode()](*arguments), owned.describe_plain))

    status = guarded(run)
    return answer("ok", answer(before, reply[0])) if reply else status


def make_case(arguments, expected, raises):
    """A call with an expected answer, both in JSON, or with the exception that must come instead."""
    before = marshal.dumps(json.loads(arguments))
    return answer("ok", answer(before, raises or marshal.dumps(json.loads(expected))))


def run_case(function, case, tolerance, rules):
    """Holds a submission's answer to the expected one: the reference's, one in JSON, or an exception."""
    before, expected = fields(b"." + case)
    function, tolerance, rules = function.decode(), float(tolerance), rules.decode()

    def mismatch(got, wanted):
        call = f"{function}({', '.join(shown(argument) for argument in marshal.loads(before))})"
        return Failure(f"{cut(call, VALUE + VALUE)} (got: {got}, expected: {wanted})")

    def run():
        called, arguments = measure.resolved(function, state.namespace), marshal.loads(before)
        if rules == "raises":
            return refused(called, arguments, expected.decode(), mismatch)
        got = called(*arguments)
        if rules == "reference":
            wanted = values.decode(expected, remote.make)
            held = agrees(got, wanted, tolerance)
        else:
            wanted = marshal.loads(expected)
            held = json_cases.agrees(got, wanted, tolerance, rules == "unordered")
        if not held:
            raise mismatch(shown(got), shown(wanted))
        state.namespace["@held"]()

    return judged(run)


def refused(called, arguments, name, mismatch):
    """A call that must raise."""
    try:
        got = called(*arguments)
    except Exception as error:
        if channel.side.refused or name not in [kind.__name__ for kind in type(error).__mro__]:
            raise
        return state.namespace["@held"]()
    raise mismatch(shown(got), f"{name} raised")


# ---- What a loaded program costs, and what it answers


def make_arguments(generator, sizes):
    made = []
    status = guarded(lambda: made.extend(measure.make_arguments(generator, sizes)))
    return answer("ok", answer(*made)) if status == OK else status


def take_arguments(function, arguments):
    return guarded(lambda: measure.take(function, arguments, state.namespace))


def call_measured():
    return guarded(measure.call)


def text_of_answer():
    said = []
    status = guarded(lambda: said.append(measure.text_of(measure.state.result)))
    return answer("ok", said[0]) if status == OK else status


def answers(function, inputs):
    said = []
    status = guarded(lambda: said.append(measure.answers(function, inputs.decode(), state.namespace)))
    return answer("ok", said[0]) if status == OK else status


def run_sql(*parts):
    said = []
    status = guarded(lambda: said.append(sql.run(*parts, answer)))
    return said[0] if status == OK else status


def list_modules():
    return answer("ok", inventory.inventory())


def make_plan(*parts):
    return answer("ok", answer(*plan.plan(*parts)))


OPERATIONS = {
    ord("P"): run_program,
    ord("L"): load_solution,
    ord("T"): run_tests,
    ord("F"): find_members,
    ord("U"): run_member,
    ord("C"): compile_tests,
    ord("M"): compile_module,
    ord("E"): expect,
    ord("R"): run_case,
    ord("N"): make_plan,
    ord("B"): begin_judging,
    ord("I"): list_modules,
    ord("H"): run_http_tests,
    ord("V"): make_case,
    ord("A"): make_arguments,
    ord("G"): take_arguments,
    ord("Y"): call_measured,
    ord("Z"): text_of_answer,
    ord("D"): answers,
    ord("Q"): run_sql,
}


def serve(request):
    if request[0] == ord("X"):
        return called(request[1:])
    return OPERATIONS[request[0]](*fields(request))
