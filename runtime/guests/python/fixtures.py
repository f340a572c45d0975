"""Fixtures in the manner of pytest: which of them a test takes, how they are made, and how they are taken away."""

import asyncio
import inspect
import types
import unittest.mock

from _proofhouse_outcomes import Failed

SCOPES = ("session", "package", "module", "class", "function")


class Fixture:
    """A function that makes what tests take by its name."""

    def __init__(self, function, scope="function", params=None, autouse=False, name=None):
        self.function, self.autouse = function, autouse
        self.scope = scope if scope in SCOPES else "function"
        self.params = None if params is None else list(params)
        self.name = name or function.__name__
        self.in_class = False
        self.__name__, self.__doc__ = function.__name__, function.__doc__

    def __set_name__(self, owner, name):
        self.in_class = True

    def __call__(self, *arguments, **named):
        raise Failed(f'Fixture "{self.name}" called directly')

    def takes(self):
        return arguments_of(self.function, self.in_class)


def arguments_of(function, in_class):
    """The names that a function asks for: without its `self`, and what a mock's decorator hands over."""
    parameters = inspect.signature(function).parameters.values()
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    names = [one.name for one in parameters if one.kind in kinds and one.default is one.empty]
    patches = getattr(function, "patchings", ())
    patched = sum(one.attribute_name is None and one.new is unittest.mock.DEFAULT for one in patches)
    return names[in_class + patched :]


def around(scope, holder, before, after):
    """A fixture that calls functions by their names, such as `setup_module` and `teardown_module`; `holder` answers whose
    they are, and with what they are called."""

    def both(request):
        owner, argument = holder(request)
        call_first(owner, before, argument)
        yield
        call_first(owner, after, argument)

    return Fixture(both, scope, autouse=True, name=f"@{before[0]}")


def call_first(owner, names, argument):
    """Calls the first function of these that there is, with an argument that it need not take."""
    for name in names:
        function = owner.get(name) if type(owner) is dict else getattr(owner, name, None)
        if function is not None and type(function) is not Fixture:
            return function(argument) if inspect.signature(function).parameters else function()


class Table:
    """The fixtures that a test can take, by their names, the nearest first."""

    def __init__(self, spaces):
        self.found, self.automatic = {}, []
        for space in spaces:
            named = [one for one in list(space.values()) if type(one) is Fixture]
            for fixture in named:
                self.found.setdefault(fixture.name, []).append(fixture)
            # Those further out come first.
            self.automatic[:0] = sorted(fixture.name for fixture in named if fixture.autouse)

    def closure(self, names, given):
        """These names and all that they take, those of the widest scope first; what is given takes nothing."""
        names = list(dict.fromkeys([*self.automatic, *names]))
        for name in names:
            for fixture in () if name in given else self.found.get(name, ()):
                taken = fixture.takes()
                names += [one for one in dict.fromkeys(taken) if one not in names]
                if name not in taken:
                    break
        return sorted(names, key=lambda name: SCOPES.index(self.found[name][0].scope if name in self.found else "function"))

    def with_parameters(self, name):
        """The fixture of this name that has parameters, if any."""
        for fixture in self.found.get(name, ()):
            if fixture.params is not None:
                return fixture
            if name not in fixture.takes():
                break
        return None


class Setup:
    """What was made for one run of a test, and how it is taken away again."""

    def __init__(self, item, case, instance):
        self.item, self.case, self.instance = item, case, instance
        self.made, self.undo, self.runner = {}, [], None

    def value(self, name, asking=None):
        """What a name stands for; a fixture that asks for its own name gets the one that it overrides."""
        if name == "request":
            return Request(self, asking)
        if name in self.case.values:
            return self.case.values[name]
        chain = self.item.table.found.get(name, [])
        chain = chain[chain.index(asking) + 1 :] if asking in chain else chain
        if not chain:
            raise LookupError(f"fixture `{name}` not found")
        fixture = chain[0]
        if fixture not in self.made:
            self.made[fixture] = self.make(fixture)
        return self.made[fixture]

    def make(self, fixture):
        arguments = {name: self.value(name, fixture) for name in fixture.takes()}
        function = fixture.function
        if fixture.in_class:
            function = types.MethodType(function, self.instance)
        made = self.settled(function(**arguments))
        if inspect.isgenerator(made):
            value = next(made)
            self.undo.append(lambda: ended(next(made, ENDED)))
        elif inspect.isasyncgen(made):
            value = self.settled(anext(made))
            self.undo.append(lambda: ended(self.settled(final(made))))
        else:
            return made
        return value

    def settled(self, result):
        """What a coroutine comes to; all of a test's run in one loop."""
        if not (inspect.iscoroutine(result) or type(result).__name__ == "async_generator_asend"):
            return result
        if self.runner is None:
            self.runner = asyncio.Runner()
        return self.runner.run(awaited(result))

    def take_away(self):
        """Answers the first exception of those that this raised."""
        errors = []
        while self.undo:
            try:
                self.undo.pop()()
            except BaseException as error:
                errors.append(error)
        if self.runner is not None:
            self.runner.close()
        return errors[0] if errors else None


ENDED = object()


def ended(value):
    if value is not ENDED:
        raise Failed("fixture function has more than one `yield`")


async def awaited(result):
    return await result


async def final(generator):
    return await anext(generator, ENDED)


class Request:
    """What a fixture may ask about the test that takes it."""

    def __init__(self, setup, fixture):
        self._setup, self._fixture = setup, fixture
        item = setup.item
        self.node, self.function, self.cls, self.instance, self.module = (
            item,
            item.function,
            item.owner,
            setup.instance,
            item.module,
        )
        self.scope = fixture.scope if fixture else "function"
        self.fixturename = fixture.name if fixture else None
        self.fixturenames = item.names(setup.case)
        self.keywords, self.config = item.keywords, Configuration()
        if fixture is not None and fixture.name in setup.case.params:
            self.param = setup.case.params[fixture.name]

    def addfinalizer(self, finalizer):
        self._setup.undo.append(finalizer)

    def getfixturevalue(self, argname):
        return self._setup.value(argname, self._fixture)

    def applymarker(self, marker):
        self.node.add_marker(marker)


class Configuration:
    """No options are set."""

    def getoption(self, name, default=None, skip=False):
        return default

    def getini(self, name):
        return None
