"""Runs one test of a file that was written for unittest or pytest, as if it were alone.

Raises what the test raised: `Failure` for an assertion of the tests, `Skipped` for a test that skips itself.
"""

import sys
import unittest

import _proofhouse_pytest_standin as pytest
import _proofhouse_suite as suite
from _proofhouse_cases import Item, attempt
from _proofhouse_outcomes import SOLUTION, TESTS, Failed, Failure, Skipped, innermost, steps
from _proofhouse_text import MESSAGE, VALUE, cut


class Loaded:
    """The file whose definitions are in the namespace, and what it put in the place of what was there."""

    code, namespace, replaced, items = None, None, {}, {}
    # What the solution alone vouched for while the file ran: it holds for each of its tests.
    proof = ("", "")


loaded = Loaded()
ABSENT = object()


def load(code, namespace, source, run):
    """Has the file's code run, unless its definitions are there already."""
    if loaded.namespace is namespace:
        if loaded.code == code:
            return
        for name, value in loaded.replaced.items():
            namespace.pop(name, None) if value is ABSENT else namespace.update({name: value})
    loaded.code, loaded.namespace, loaded.proof, loaded.items = None, namespace, ("", ""), {}
    suite.count_assertions()
    sys.modules["pytest"] = pytest
    before, main = dict(namespace), unittest.main
    # A file that ends with a run of all its tests has them run one by one here.
    unittest.main = lambda *arguments, **named: None
    try:
        run()
    except BaseException as error:
        raise told(error, source)
    finally:
        unittest.main = main
        values = {name: before.get(name, ABSENT) for name in namespace}
        loaded.replaced = {name: value for name, value in values.items() if value is not namespace[name]}
    loaded.code = code


def run(member, namespace, source=""):
    """Runs a member; one without a number where there are several runs stands for them all."""
    path, _, position = member.partition("[")
    if path not in loaded.items:
        item = Item(path, namespace)
        loaded.items[path] = item, item.cases()
    item, cases = loaded.items[path]
    if position:
        cases = cases[int(position[:-1]) :][:1]
        if not cases:
            raise LookupError(f"`{path}` has no run of this number")
    failures, skip = [], None
    for number, case in enumerate(cases):
        try:
            attempt(item, case)
        except BaseException as error:
            error = told(error, source)
            if type(error) is Skipped:
                skip = error
            elif type(error) is not Failure or len(cases) == 1:
                raise error
            else:
                failures.append((f"[{number}]", error))
    if failures:
        raise Failure(joined(failures))
    if skip is not None and len(cases) == 1:
        raise skip


def run_all(members, namespace, source):
    """Runs members up to the first that fails. One that skips itself says nothing."""
    for member in members:
        try:
            run(member, namespace, source)
        except Skipped:
            pass


def told(error, source):
    """An exception as it is reported: an assertion of the tests with the line that it is from and what it says."""
    if type(error) is suite.Several:
        return Failure(joined([(part, told(one, source)) for part, one in error.parts]))
    place = innermost(error)
    if isinstance(error, unittest.SkipTest):
        error = Skipped(str(error)).with_traceback(error.__traceback__)
    if isinstance(error, Skipped):
        by_solution = place == SOLUTION or place.startswith("<proofhouse")
        return Failure("the solution skips the test") if by_solution else error
    for step, name in steps(error):
        if name == TESTS:
            error = error.with_traceback(step)
            break
    if type(error) is Failure or not isinstance(error, (AssertionError, Failed)) or place not in (TESTS, ""):
        return error
    text = str(error)
    return Failure(": ".join(filter(None, (asserted(error, source), text)))).with_traceback(error.__traceback__)


def joined(failures):
    """Several failures in one message, each with the name of its part."""
    return cut("\n".join(f"{part} {cut(said(error), VALUE + VALUE)}".strip() for part, error in failures), MESSAGE)


def said(error):
    return str(error) if isinstance(error, AssertionError) else f"{type(error).__name__}: {error}"


def asserted(error, source):
    """The text of the assertion that an exception is from, where an exception of the tests' own has none."""
    places = [step for step, name in steps(error) if name == TESTS]
    if not places or error.__traceback__ is None:
        return ""
    step = places[-1]
    inner = step.tb_next
    positions = list(step.tb_frame.f_code.co_positions())
    line, last_line, start, end = positions[step.tb_lasti // 2]
    lines = source.replace("\r\n", "\n").split("\n")
    # What the tests raise themselves says all by its message.
    if inner is None or line is None or start is None or line > len(lines):
        return ""
    text = lines[line - 1].encode()
    text = text[start:end] if line == last_line else text[start:].rstrip() + " …".encode()
    return cut(text.decode("utf-8", "replace"), VALUE + VALUE)
