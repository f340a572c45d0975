"""Stands in for the module `pytest`: what tests call of it. The running of tests is elsewhere."""

import importlib
import re

from _proofhouse_approx import approx
from _proofhouse_captures import CaptureFixture, LogCaptureFixture, WarningsRecorder
from _proofhouse_fixtures import Fixture, Request as FixtureRequest
from _proofhouse_marks import Mark, Parameters
from _proofhouse_outcomes import Failed, Skipped, XFailed, proof
from _proofhouse_tools import MonkeyPatch, TempPathFactory

__version__ = "8.0.0"


# ---- Ends of a test


def skip(reason="", *, allow_module_level=False):
    raise Skipped(reason)


def fail(reason="", pytrace=True):
    raise Failed(reason)


def xfail(reason=""):
    raise XFailed(reason)


def exit(reason="", returncode=None):
    raise Failed(f"the test ends the run: {reason}")


skip.Exception, fail.Exception, xfail.Exception = Skipped, Failed, XFailed


def importorskip(modname, minversion=None, reason=None, *, exc_type=ImportError):
    try:
        return importlib.import_module(modname)
    except exc_type as error:
        raise Skipped(reason or f"could not import {modname!r}: {error}") from None


def main(*arguments, **named):
    """Runs nothing: a file's tests are run one by one."""
    return 0


# ---- Marks and fixtures


class Marks:
    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return Mark(name)


mark = Marks()


def param(*values, marks=(), id=None):
    return Parameters(values, marks, id)


def fixture(function=None, *, scope="function", params=None, autouse=False, ids=None, name=None):
    if function is None:
        return lambda function: Fixture(function, scope, params, autouse, name)
    return Fixture(function, scope, params, autouse, name)


# ---- Assertions


class ExceptionInfo:
    """What a block raised."""

    value = None

    def __class_getitem__(cls, item):
        return cls

    @property
    def type(self):
        return type(self.value)

    @property
    def typename(self):
        return type(self.value).__name__

    @property
    def tb(self):
        return self.value.__traceback__

    traceback = tb

    def match(self, regexp):
        """Holds where the text of the exception, with its notes, has the pattern."""
        text = "\n".join([str(self.value), *getattr(self.value, "__notes__", ())])
        if not re.search(regexp, text):
            pattern = regexp if isinstance(regexp, str) else regexp.pattern
            raise AssertionError(f"Regex pattern did not match.\n  Expected regex: {pattern!r}\n  Actual message: {text!r}")
        return True

    def errisinstance(self, exc):
        return isinstance(self.value, exc)

    def exconly(self, tryshort=False):
        return f"{self.typename}: {self.value}"

    def __repr__(self):
        return f"<ExceptionInfo {self.value!r}>"


def named(kinds):
    return " or ".join(kind.__name__ for kind in kinds)


class RaisesExc:
    """A block that has to raise."""

    def __init__(self, kinds, match=None, check=None):
        self.kinds = kinds if isinstance(kinds, tuple) else (kinds,)
        for kind in self.kinds:
            if not isinstance(kind, type) or not issubclass(kind, BaseException):
                raise TypeError(f"expected exception must be a BaseException type, not {kind!r}")
        if not self.kinds:
            raise ValueError("expected an exception type, but got an empty tuple")
        self.pattern, self.check, self.seen = match, check, ExceptionInfo()

    def __enter__(self):
        return self.seen

    def __exit__(self, kind, value, traceback):
        if kind is None:
            raise Failed(f"DID NOT RAISE {named(self.kinds)}")
        if not issubclass(kind, self.kinds):
            return False
        self.seen.value = value
        if self.pattern is not None:
            self.seen.match(self.pattern)
        if self.check is not None and not self.check(value):
            raise AssertionError(f"{self.check!r} did not return True on {value!r}")
        proof.held()
        return True


def raises(expected_exception=BaseException, *arguments, **named):
    """A block that has to raise; or the call of a function that has to."""
    if not arguments:
        return RaisesExc(expected_exception, **named)
    function, *arguments = arguments
    if not callable(function):
        raise TypeError(f"{function!r} object (type: {type(function)}) must be callable")
    with RaisesExc(expected_exception) as seen:
        function(*arguments, **named)
    return seen


raises.Exception = Failed


class WarningsChecker(WarningsRecorder):
    """A block that has to warn."""

    def __init__(self, kinds, match):
        super().__init__()
        self.kinds, self.pattern = kinds if isinstance(kinds, tuple) else (kinds,), match

    def __exit__(self, kind, value, traceback):
        super().__exit__(kind, value, traceback)
        if kind is not None:
            return
        given = [one for one in self.list if issubclass(one.category, self.kinds)]
        if not given:
            raise Failed(f"DID NOT WARN. No warnings of type {named(self.kinds)} were emitted.\nEmitted: {self.said()}")
        if self.pattern is not None and not any(re.search(self.pattern, str(one.message)) for one in given):
            raise Failed(f"DID NOT WARN. No warnings matching {self.pattern!r} were emitted.\nEmitted: {self.said()}")
        proof.held()

    def said(self):
        return [one.message for one in self.list]


def warns(expected_warning=Warning, *arguments, match=None, **named):
    """A block that has to warn; or the call of a function that has to."""
    if not arguments:
        return WarningsChecker(expected_warning, match)
    function, *arguments = arguments
    with WarningsChecker(expected_warning, match):
        return function(*arguments, **named)


def deprecated_call(*arguments, match=None, **named):
    return warns((DeprecationWarning, PendingDeprecationWarning, FutureWarning), *arguments, match=match, **named)


def register_assert_rewrite(*names):
    """Assertions are rewritten before."""


# ---- Names for annotations


class Annotation:
    def __class_getitem__(cls, item):
        return cls


CaptureFixture.__class_getitem__ = classmethod(lambda cls, item: cls)
for _name in """Cache Class Collector Config ExitCode File Function Item Metafunc Module Package Parser PytestWarning Pytester
    Session Stash TempdirFactory TestReport""".split():
    globals()[_name] = type(_name, (Annotation,), {})
MarkDecorator, MarkGenerator = Mark, Marks
