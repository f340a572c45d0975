"""Calls of a loaded program whose fuel the host measures, and answers in a form that can be compared as text."""

import copy
import gc
import math
from collections.abc import Iterator

import _proofhouse_values as values

# Items of an answer that are written out; what comes after them can't tell two programs apart that take so much.
ITEMS = 100_000


class State:
    function = arguments = result = None


state = State()


def unknown(kind):
    def describe(value, slot):
        raise values.Uncrossable(f"{kind} of type `{type(value).__name__}` is no plain data")

    return describe


def make_arguments(generator, sizes):
    """The arguments for each size, by the task's `make(n)`."""
    namespace = {"__name__": "generator"}
    exec(compile(generator, "<generator>", "exec", 0, True), namespace)
    made = []
    for size in sizes.decode().split():
        arguments = namespace["make"](int(size))
        made.append(values.encode(list(arguments), unknown("an argument")))
    return made


def resolved(name, namespace):
    """The function of a name; of `Class.method`, the method of an object that was made without arguments. A name that the
    module lacks may be a method of a class `Solution`."""
    owner, _, method = name.partition(".")
    if owner not in namespace and not method and "Solution" in namespace:
        owner, method = "Solution", name
    if owner not in namespace:
        raise NameError(f"the program has no `{owner}`")
    return getattr(namespace[owner](), method) if method else namespace[owner]


def take(name, arguments, namespace):
    # Collections come when they come, and would be jumps in a curve. Nothing of the program's runs once its arguments are there.
    gc.collect()
    gc.disable()
    state.function, state.result = resolved(name.decode(), namespace), None
    state.arguments = values.decode(arguments, None)


def call():
    result = state.function(*state.arguments)
    # A generator does its work when it is read.
    state.result = list(result) if hasattr(result, "__next__") else result


def text_of(value, depth=0):
    """A value as text in which equal values are equal: numbers by value, tuples as lists, sets and dicts sorted."""
    if depth > 50:
        return "…"
    kind = type(value)
    if kind is bool or value is None or kind is str or kind is bytes:
        return repr(value)
    if kind is int:
        return str(value) if abs(value) >> 4000 == 0 else hex(value)
    if kind is float:
        return str(int(value)) if math.isfinite(value) and value.is_integer() else format(value, ".9g")
    if isinstance(value, dict):
        return "{" + ", ".join(sorted(f"{text_of(k, depth + 1)}: {text_of(v, depth + 1)}" for k, v in value.items())) + "}"
    if isinstance(value, (set, frozenset)):
        return "{" + ", ".join(sorted(text_of(item, depth + 1) for item in value)) + "}"
    if isinstance(value, (list, tuple, Iterator)) or kind.__name__ == "deque":
        items = []
        for item in value:
            items.append(text_of(item, depth + 1))
            if len(items) > ITEMS:
                items.append("…")
                break
        return "[" + ", ".join(items) + "]"
    return f"<{kind.__name__}>"


def answers(name, inputs, namespace):
    """What a program does with each input of a list: its answer and what became of the arguments, or what it raises."""
    said = []
    for arguments in eval(compile(inputs.strip(), "<inputs>", "eval"), {}):
        given = copy.deepcopy(tuple(arguments))
        try:
            said.append(text_of(resolved(name.decode(), namespace)(*given)) + " after " + text_of(given))
        except Exception as error:
            said.append("raises " + type(error).__name__)
    return "\n".join(said)
