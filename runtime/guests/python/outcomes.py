"""How a test ends other than at its end, whose doing that is, and the count of its assertions that held."""

# What unittest prints of a failed test leaves out the frames of modules that say this.
__unittest = True

# The file names that tests and solutions are compiled under.
TESTS, SOLUTION = "<tests>", "solution.py"
# The files that run tests: their frames say nothing of whose doing an exception is.
RUNNERS = {
    f"<proofhouse {name}>" for name in "approx captures cases fixtures marks outcomes pytest_standin suite tools unit".split()
}


class Failure(AssertionError):
    """An assertion of the tests that did not hold."""


class Ended(BaseException):
    """No `Exception`, so that tests which catch those don't catch it."""

    def __init__(self, msg=""):
        super().__init__(msg)
        self.msg = msg


class Skipped(Ended):
    """A test that was not run, or not to its end, because it says so."""


class Failed(Ended):
    """A test that says itself that it failed."""


class XFailed(Failed):
    """A test that says itself that it fails as expected."""


class Proof:
    """Assertions that held are told to whoever counts; one that another consists of is not counted by itself."""

    held = staticmethod(lambda: None)
    inside = False


proof = Proof()


def counting(assertion):
    """The same assertion, counted when it holds."""

    def counted(*arguments, **named):
        if proof.inside:
            return assertion(*arguments, **named)
        proof.inside = True
        try:
            result = assertion(*arguments, **named)
        finally:
            proof.inside = False
        proof.held()
        return result

    counted.__name__, counted.__doc__ = assertion.__name__, assertion.__doc__
    return counted


def steps(error):
    step = error.__traceback__
    while step is not None:
        yield step, step.tb_frame.f_code.co_filename
        step = step.tb_next


def innermost(error):
    """The file of the innermost frame that is the tests', the solution's, or of what leads from one to the other."""
    known = ("", *(name for _, name in steps(error) if name.startswith("<proofhouse") or name in (TESTS, SOLUTION)))
    return next(name for name in reversed(known) if name not in RUNNERS)
