"""One test in the manner of pytest: the runs that its parameters make, and one of them with its fixtures around it."""

import inspect
import sys
import unittest
import warnings

import _proofhouse_suite as suite
import _proofhouse_tools as tools
from _proofhouse_fixtures import Setup, Table, around, arguments_of
from _proofhouse_marks import Mark, expected_failure, listed, runs_of, why_skipped
from _proofhouse_outcomes import Failure, Skipped, XFailed, proof


class Case:
    """One run: values for arguments of the test, parameters for fixtures, and marks of its own."""

    def __init__(self, values={}, params={}, marks=()):
        self.values, self.params, self.marks = values, params, marks


class Item:
    """A test of the file: its function, the class that it is in, its marks, the nearest first, and its fixtures."""

    def __init__(self, path, namespace):
        *owners, self.name = path.split(".")
        self.namespace, self.module, self.nodeid = namespace, sys.modules[namespace["__name__"]], path
        classes = []
        if path.partition(".")[0] not in namespace:
            raise LookupError(f"the file defines no `{path}` when it is run")
        for name in owners:
            classes.insert(0, getattr(classes[0], name) if classes else namespace[name])
        self.owner = classes[0] if classes else None
        self.unit = self.owner is not None and issubclass(self.owner, unittest.TestCase)
        found = inspect.getattr_static(self.owner, self.name) if classes else namespace[self.name]
        self.in_class = bool(classes) and not isinstance(found, staticmethod)
        self.function = getattr(found, "__func__", found)
        holders = [getattr(self.function, "__dict__", {}), *(vars(step) for one in classes for step in one.__mro__), namespace]
        self.marks = [mark.mark for holder in holders for mark in listed(holder.get("pytestmark", ()))]
        inherited = [{name: value for step in reversed(one.__mro__) for name, value in vars(step).items()} for one in classes]
        own = [*inherited, self.own_setup("class", "method"), namespace, self.own_setup("module", "function"), tools.FIXTURES]
        self.table = Table(own)

    def own_setup(self, *kinds):
        """`setup_method` and the like as fixtures; those of unittest's classes are its own affair."""
        holders = {
            "module": ("module", lambda request: (self.namespace, self.module)),
            "function": ("function", lambda request: (self.namespace, self.function)),
            "class": ("class", lambda request: (self.owner, self.owner)),
            "method": ("function", lambda request: (request.instance, self.function)),
        }
        found = {}
        for kind in kinds:
            before, after = [f"setup_{kind}"], [f"teardown_{kind}"]
            if kind == "module" and not self.unit:
                before, after = ["setUpModule", *before], ["tearDownModule", *after]
            if kind == "module" or (self.owner is None) == (kind == "function"):
                found[kind] = around(*holders[kind], before, after)
        return {} if self.unit and "class" in kinds else found

    @property
    def keywords(self):
        return {self.name: True, **{mark.name: mark for mark in self.marks}}

    def get_closest_marker(self, name):
        return next(self.iter_markers(name), None)

    def iter_markers(self, name=None):
        return (mark for mark in self.marks if name in (None, mark.name))

    def add_marker(self, mark):
        self.marks.insert(0, mark)

    def names(self, case):
        """The fixtures of a run, in the order in which they are made."""
        used = [name for mark in self.iter_markers("usefixtures") for name in mark.args]
        own = [] if self.unit else arguments_of(self.function, self.in_class)
        return self.table.closure([*used, *own], case.values)

    def cases(self):
        """The runs that the parameters make, the last mark's changing fastest."""
        marked = [] if self.unit else [runs_of(mark) for mark in self.iter_markers("parametrize")]
        given = {name for names, _, _ in marked for name in names}
        direct = {name: None for names, indirect, _ in marked for name in names if name not in indirect}
        found = [Case()]
        for name in self.names(Case(direct)):
            fixture = None if name in given else self.table.with_parameters(name)
            if fixture is not None:
                _, _, runs = runs_of(Mark("parametrize", (name, fixture.params)))
                found = [joined(case, [name], [name], run) for case in found for run in runs]
        for names, indirect, runs in marked:
            found = [joined(case, names, indirect, run) for case in found for run in runs]
        return found


def joined(case, names, indirect, run):
    given = dict(zip(names, run.values))
    values = {name: value for name, value in given.items() if name not in indirect}
    params = {name: value for name, value in given.items() if name in indirect}
    return Case({**case.values, **values}, {**case.params, **params}, [*case.marks, *run.marks])


def attempt(item, case):
    """Runs a test once, and raises what it raises. What it does about warnings ends with it."""
    with warnings.catch_warnings():
        run_once(item, case)


def run_once(item, case):
    why = why_skipped([*case.marks, *item.marks], item.namespace)
    if why is not None:
        raise Skipped(why)
    expected = expected_failure([*case.marks, *item.marks], item.namespace)
    if expected is not None and expected.kwargs.get("run") is False:
        return proof.held()
    instance = None if item.owner is None else item.owner(item.name) if item.unit else item.owner()
    setup, error = Setup(item, case, instance), None
    try:
        for name in item.names(case):
            setup.value(name)
        perform(item, setup)
    except BaseException as raised:
        error = raised
    expected = expected_failure([*case.marks, *item.marks], item.namespace)
    if type(error) is XFailed or (error is not None and is_expected(error, expected)):
        proof.held()
        error = None
    elif expected is not None and error is None and expected.kwargs.get("strict"):
        error = Failure(f"passes, and is expected to fail: {expected.kwargs.get('reason', '')}")
    last = setup.take_away()
    if error or last:
        raise error or last


def is_expected(error, mark):
    return (
        mark is not None
        and not isinstance(error, (Skipped, unittest.SkipTest))
        and isinstance(error, mark.kwargs.get("raises") or BaseException)
    )


def perform(item, setup):
    if item.unit:
        return suite.run(setup.instance)
    function = item.function if setup.instance is None else getattr(setup.instance, item.name)
    arguments = {name: setup.value(name) for name in arguments_of(item.function, item.in_class)}
    setup.settled(function(**arguments))
