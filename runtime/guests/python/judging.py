"""Tests: compiled once a task, and run in a judge or beside the program that they test."""

import ast
import itertools
import json
import marshal
import sys

import _proofhouse_channel as channel
import _proofhouse_discovery as discovery
import _proofhouse_http_log as http_log
import _proofhouse_json_cases as json_cases
import _proofhouse_measure as measure
import _proofhouse_owned as owned
import _proofhouse_plan as plan
import _proofhouse_remote as remote
import _proofhouse_unit as unit
import _proofhouse_values as values
from _proofhouse_assertions import explain
from _proofhouse_closeness import agrees
from _proofhouse_outcomes import TESTS, Failure, proof
from _proofhouse_reports import ASSERTIONS, OK, answer, described, failure, fields, guarded, module, state
from _proofhouse_text import MESSAGE, VALUE, cut, shown


def take_side(one):
    channel.side.describe, channel.side.make, channel.side.resolve = one.describe, one.make, one.resolve
    channel.side.shown = shown_to_solution if one is remote else lambda error: error


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
            if not held and rules == "wrapped" and type(wanted) is list and wanted:
                held = json_cases.agrees(got, wanted[0], tolerance, False)
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
