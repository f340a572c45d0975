"""Marks in the manner of pytest: as they stand on a test, and what they say of its runs."""

import importlib


class Mark:
    """A mark, which also puts itself on what it is called with."""

    def __init__(self, name, args=(), kwargs={}):
        self.name, self.args, self.kwargs = name, args, kwargs

    @property
    def mark(self):
        return self

    def __call__(self, *arguments, **named):
        if len(arguments) == 1 and not named and getattr(arguments[0], "__name__", "<lambda>") != "<lambda>":
            marked = arguments[0]
            if callable(marked):
                # A class has those of its own alone: what it derives from is asked as well.
                marked.pytestmark = [*listed(vars(marked).get("pytestmark", ())), self]
                return marked
        return Mark(self.name, (*self.args, *arguments), {**self.kwargs, **named})

    def __repr__(self):
        return f"Mark(name={self.name!r}, args={self.args!r}, kwargs={self.kwargs!r})"


def listed(marks):
    return list(marks) if isinstance(marks, (list, tuple)) else [marks]


class Parameters:
    """The values of one run, as `pytest.param` makes them."""

    def __init__(self, values, marks=(), id=None):
        self.values, self.marks, self.id = values, listed(marks), id


def runs_of(mark):
    """The names that a `parametrize` gives values to, those of them that are fixtures', and the runs."""
    names, values, indirect = arguments(mark, "argnames", "argvalues", "indirect")
    single = isinstance(names, str) and "," not in names
    names = [name.strip() for name in names.split(",") if name.strip()] if isinstance(names, str) else list(names)
    runs = [one if type(one) is Parameters else Parameters((one,) if single else tuple(one)) for one in values]
    for run in runs:
        if len(run.values) != len(names):
            raise ValueError(f"{len(names)} names and {len(run.values)} values in {names}: {run.values!r}")
    if not runs:
        runs = [Parameters([None] * len(names), [Mark("skip", ("there are no values for the test's parameters",))])]
    return names, names if indirect is True else list(indirect or ()), runs


def arguments(mark, *names):
    return [mark.args[place] if place < len(mark.args) else mark.kwargs.get(name) for place, name in enumerate(names)]


def applies(mark, namespace):
    conditions = mark.args or ((mark.kwargs["condition"],) if "condition" in mark.kwargs else ())
    return not conditions or any(evaluated(one, namespace) if isinstance(one, str) else one for one in conditions)


def evaluated(condition, namespace):
    """What a condition that is a text comes to: it may use these modules, and what the file defines."""
    return eval(condition, {**{name: importlib.import_module(name) for name in ("os", "sys", "platform")}, **namespace})


def why_skipped(marks, namespace):
    """The reason why a test isn't run, if there is one."""
    for mark in marks:
        if mark.name == "skip":
            return mark.kwargs.get("reason", mark.args[0] if mark.args else "unconditional skip")
        if mark.name == "skipif" and applies(mark, namespace):
            return mark.kwargs.get("reason", "")
    return None


def expected_failure(marks, namespace):
    """The mark by which a test is expected to fail, if there is one."""
    return next((mark for mark in marks if mark.name == "xfail" and applies(mark, namespace)), None)
