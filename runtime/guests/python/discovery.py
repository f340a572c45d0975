"""Finds the tests of a file from its text alone, before there is any submission: what a runner would collect, and how
often a test with parameters runs.

Where that can't be told, the test is one member, which stands for all of its runs.
"""

import ast
import collections
import itertools
import math

TEST_CASES = {"TestCase", "IsolatedAsyncioTestCase"}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
# A number of runs that the text doesn't tell.
UNKNOWN = None


def members(tree):
    """The names of the tests, in their order: `TestClass.test_method`, `test_function`, `test_function[0]`."""
    file = File(tree)
    return [member for name, node in file.body.items() for member in members_of(file, name, node, [])]


def members_of(file, path, node, outer):
    """The members of a definition; `outer` are the classes around it, with those that they derive from, the nearest first."""
    name = path.rpartition(".")[2]
    if isinstance(node, FUNCTIONS):
        return members_of_function(file, path, node, []) if name.startswith("test") and not outer else []
    line = file.line_of(node)
    unit = any(is_test_case(file, base) for step in line for base in step.bases)
    found = {}
    for step in reversed(line):
        found.update(definitions(step.body))
    if not (unit or (name.startswith("Test") and not is_made_otherwise(line, found))) or not is_for_tests(line):
        return []
    if unit and "runTest" in found and not any(inner.startswith("test") for inner in found):
        return [f"{path}.runTest"]
    result = []
    for inner, definition in found.items():
        if isinstance(definition, ast.ClassDef):
            result += [] if unit else members_of(file, f"{path}.{inner}", definition, line + outer)
        elif inner.startswith("test"):
            whole = f"{path}.{inner}"
            result += [whole] if unit else members_of_function(file, whole, definition, line + outer)
    return result


def members_of_function(file, path, node, classes):
    if any(last(decorator) in ("fixture", "property") for decorator in node.decorator_list):
        return []
    runs = file.runs(node, classes)
    if not runs or UNKNOWN in runs:
        return [path]
    return [f"{path}[{position}]" for position in range(math.prod(runs))]


def last(node):
    """The last name of `a.b.c` or `a.b.c(…)`."""
    node = node.func if isinstance(node, ast.Call) else node
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def dotted(node):
    return f"{dotted(node.value)}.{node.attr}" if isinstance(node, ast.Attribute) else getattr(node, "id", "?")


def is_test_case(file, base):
    return file.aliases.get(last(base), last(base)) in TEST_CASES


def is_made_otherwise(line, found):
    """Whether a class takes more than a test's would."""
    written = "__init__" in found or "__new__" in found
    return written or any(last(decorator) == "dataclass" for step in line for decorator in step.decorator_list)


def is_for_tests(line):
    for step in line:
        for statement in step.body:
            if isinstance(statement, ast.Assign) and any(last(target) == "__test__" for target in statement.targets):
                return literal(statement.value) is not False
    return True


def literal(node):
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError):
        return UNKNOWN


def statements(body):
    """The statements of a module or class, those in its `if`, `try` and `with` blocks among them."""
    for statement in body:
        if isinstance(statement, (ast.If, ast.Try, ast.With)):
            if isinstance(statement, ast.If) and "__name__" in ast.dump(statement.test):
                continue
            blocks = [getattr(statement, field, []) for field in ("body", "orelse", "finalbody")]
            blocks += [handler.body for handler in getattr(statement, "handlers", [])]
            yield from statements(itertools.chain(*blocks))
        else:
            yield statement


def definitions(body):
    """Functions and classes by their names."""
    found = {}
    for statement in statements(body):
        if isinstance(statement, (*FUNCTIONS, ast.ClassDef)):
            found[statement.name] = statement
        elif isinstance(statement, ast.Delete):
            for target in statement.targets:
                found.pop(last(target), None)
    return found


def keyword(call, name, position=None):
    """An argument of a call, by its name or position."""
    if position is not None and len(call.args) > position:
        return call.args[position]
    return next((given.value for given in call.keywords if given.arg == name), None)


class Fixture:
    """What the text says of a fixture: the names that it takes, how many parameters it has, if any."""

    def __init__(self, file, node, decorator):
        call = decorator if isinstance(decorator, ast.Call) else ast.Call(decorator, [], [])
        name, params, autouse = (keyword(call, word) for word in ("name", "params", "autouse"))
        self.name = literal(name) if name is not None else node.name
        self.autouse = autouse is not None and literal(autouse) is not False
        self.takes = taken(node)
        self.runs = [] if params is None or literal_none(params) else [file.length(params)]


def literal_none(node):
    return isinstance(node, ast.Constant) and node.value is None


def taken(node):
    arguments = node.args
    positional = arguments.posonlyargs + arguments.args
    required = positional[: len(positional) - len(arguments.defaults)]
    required += [one for one, default in zip(arguments.kwonlyargs, arguments.kw_defaults) if default is None]
    return [argument.arg for argument in required]


class File:
    """What a file defines, and what its text says of how often its tests run."""

    def __init__(self, tree):
        self.body = definitions(tree.body)
        self.aliases, self.values = {}, {}
        nodes = list(ast.walk(tree))
        stored = count_of(node for node in nodes if not isinstance(getattr(node, "ctx", ast.Load()), ast.Load))
        for statement in statements(tree.body):
            if isinstance(statement, ast.ImportFrom):
                self.aliases.update((alias.asname, alias.name) for alias in statement.names if alias.asname)
            elif isinstance(statement, ast.Assign) and type(statement.targets[0]) is ast.Name:
                if stored[statement.targets[0].id] == 1:
                    self.values[statement.targets[0].id] = statement.value
        # A list that is read elsewhere might be changed there.
        read = count_of(child for node in nodes if isinstance(node, ast.Call) for child in arguments_of(node))
        all_of = count_of(nodes)
        self.settled = {name for name in self.values if read[name] == all_of[name] - 1}
        self.known_fixtures = {}
        self.whole = ast.Module(list(self.body.values()), [])

    def line_of(self, node):
        """A class and those of the file that it derives from, the nearest first."""
        found = [node]
        for base in node.bases:
            path = dotted(base).split(".")
            step = self.body.get(path[0])
            for name in path[1:]:
                step = definitions(step.body).get(name) if isinstance(step, ast.ClassDef) else None
            if isinstance(step, ast.ClassDef) and step is not node:
                line = self.line_of(step)
                found = [one for one in found if one not in line] + line
        return found

    def length(self, node):
        """How many values an expression has."""
        if isinstance(node, ast.Name) and node.id in self.settled:
            node = self.values[node.id]
        if isinstance(node, (ast.List, ast.Tuple)):
            # Without any there is one run, which is skipped.
            return UNKNOWN if any(isinstance(one, ast.Starred) for one in node.elts) else len(node.elts) or 1
        if isinstance(node, ast.Call) and last(node) == "range" and not node.keywords:
            bounds = [literal(one) for one in node.args]
            return len(range(*bounds)) or 1 if all(type(bound) is int for bound in bounds) and 0 not in bounds[2:] else UNKNOWN
        value = literal(node)
        return len(value) or 1 if isinstance(value, (str, bytes, dict, set)) else UNKNOWN

    def marks(self, node):
        """The marks on a definition, or those that a body gives to all in it."""
        found = list(getattr(node, "decorator_list", []))
        for statement in () if isinstance(node, FUNCTIONS) else statements(node.body):
            if isinstance(statement, ast.Assign) and last(statement.targets[0]) == "pytestmark":
                found += statement.value.elts if isinstance(statement.value, (ast.List, ast.Tuple)) else [statement.value]
        return [self.values.get(mark.id, mark) if isinstance(mark, ast.Name) else mark for mark in found]

    def fixtures(self, node):
        """The fixtures that a body defines."""
        found = self.known_fixtures.get(node)
        if found is None:
            found = self.known_fixtures[node] = []
            for definition in definitions(node.body).values():
                for decorator in definition.decorator_list:
                    if self.aliases.get(last(decorator), last(decorator)) == "fixture" and isinstance(definition, FUNCTIONS):
                        found.append(Fixture(self, definition, decorator))
        return found

    def runs(self, function, classes):
        """The numbers of values that each parameter of a test has."""
        marks = [mark for node in (function, *classes) for mark in self.marks(node)]
        marks += [self.values[name] for name in ("pytestmark",) if name in self.values]
        marks = [one for mark in marks for one in (mark.elts if isinstance(mark, (ast.List, ast.Tuple)) else [mark])]
        left, runs, given, seen = taken(function), [], set(), set()
        for mark in marks:
            if isinstance(mark, ast.Call) and last(mark) == "usefixtures":
                left += [literal(argument) for argument in mark.args]
            elif isinstance(mark, ast.Call) and self.aliases.get(last(mark), last(mark)) == "parametrize":
                names = literal(keyword(mark, "argnames", 0) or mark)
                values = keyword(mark, "argvalues", 1)
                runs.append(self.length(values) if names and values is not None else UNKNOWN)
                names = names.replace(" ", "").split(",") if isinstance(names, str) else names or ()
                given.update(names)
                # The test is given these values themselves, and no fixture of the name is made.
                seen.update(() if keyword(mark, "indirect", 2) is not None else names)
        known = [fixture for node in (*classes, self.whole) for fixture in self.fixtures(node)]
        left += [fixture.name for fixture in known if fixture.autouse]
        while left:
            name = left.pop()
            for fixture in [one for one in known if one.name == name and name not in seen]:
                left += fixture.takes
                runs += [] if name in given else fixture.runs
                # One that takes its own name takes what it overrides.
                if fixture.runs or name not in fixture.takes:
                    break
            seen.add(name)
        return runs


def arguments_of(call):
    return [*call.args, *(given.value for given in call.keywords)] if last(call) in ("parametrize", "fixture") else []


def count_of(nodes):
    return collections.Counter(node.id for node in nodes if isinstance(node, ast.Name))
