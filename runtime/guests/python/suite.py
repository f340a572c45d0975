"""Runs one method of a `unittest.TestCase` through unittest's own machinery, and counts the assertions that hold."""

import sys
import unittest
import unittest.mock
from unittest import _log, case

from _proofhouse_outcomes import TESTS, Failure, Skipped, counting, innermost, proof

# These hold at the end of a block of their own, where they are counted.
BLOCKS = ("assertRaises", "assertRaisesRegex", "assertWarns", "assertWarnsRegex", "assertLogs", "assertNoLogs")


def count_assertions():
    """Makes the assertions of unittest counted ones, once."""
    if hasattr(unittest.TestCase, "@counted"):
        return
    setattr(unittest.TestCase, "@counted", True)
    for kind in (unittest.TestCase, unittest.mock.NonCallableMock, unittest.mock.AsyncMockMixin):
        for name, assertion in list(vars(kind).items()):
            if name.startswith("assert") and name not in BLOCKS:
                setattr(kind, name, counting(assertion))
    for kind in (case._AssertRaisesContext, case._AssertWarnsContext, _log._AssertLogsContext):
        kind.__exit__ = counting_exit(kind.__exit__)


def counting_exit(leave):
    def counted(self, kind, value, traceback):
        taken = leave(self, kind, value, traceback)
        if taken or kind is None:
            proof.held()
        return taken

    return counted


class Result(unittest.TestResult):
    """What a test raised, and in which part of it."""

    def __init__(self):
        super().__init__()
        self.raised, self.skip = [], None

    def addError(self, test, raised):
        self.raised.append(("", raised[1]))

    addFailure = addError

    def addSubTest(self, test, part, raised):
        if raised is not None:
            self.raised.append((part._subDescription(), raised[1]))

    def addSkip(self, test, reason):
        error = sys.exception()
        # A part that the tests skip leaves the others.
        if isinstance(test, case._SubTest) and innermost(error) == TESTS:
            return
        skip = Skipped(reason)
        self.skip = skip.with_traceback(error.__traceback__) if error is not None else skip

    def addExpectedFailure(self, test, raised):
        proof.held()

    def addUnexpectedSuccess(self, test):
        self.raised.append(("", Failure("passes, and is expected to fail")))


class Several(AssertionError):
    """What parts of a test raised, an assertion first, with what each part is called."""

    def __init__(self, parts):
        super().__init__(parts)
        self.parts = parts


def run(test):
    """Runs a test with what its class and module have around it, and raises what it raised."""
    # The solution's module might answer to these names.
    for name in ("setUpModule", "tearDownModule"):
        sys.modules[type(test).__module__].__dict__.setdefault(name, None)
    result = Result()
    unittest.TestSuite([test]).run(result)
    if result.raised:
        part, error = result.raised[0]
        alone = not part and len(result.raised) == 1
        raise error if alone or not isinstance(error, AssertionError) else Several(result.raised)
    if result.skip is not None:
        raise result.skip
