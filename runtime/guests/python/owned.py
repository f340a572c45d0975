"""The solution's side of what is not plain data: its functions, classes and objects stay in its own guest, and the
judge gets numbers for them with a description.

Whatever is said here is the solution's own word, so the judge takes it for data and for nothing else.
"""

import asyncio
import builtins
import collections
import dataclasses
import enum
import sys
import types

import _proofhouse_foreign as foreign
import _proofhouse_values as values
from _proofhouse_operations import ASKED, has, special_of
from _proofhouse_values import ATOMS, BASES, DESCRIBED, Uncrossable

# What `namedtuple` itself puts into a class.
NAMED_TUPLE = frozenset(vars(collections.namedtuple("Sample", ""))) | {
    "__orig_bases__", "__annotations__", "__annotate__", "__annotate_func__", "__annotations_cache__", "__static_attributes__",
    "__firstlineno__", "__classcell__", "__conditional_annotations__",
}  # fmt: skip
# Plain data that holds other data.
COLLECTIONS = frozenset({list, tuple, dict, set, frozenset})
# What any class statement puts into a class.
EMPTY_CLASS = frozenset(vars(type("Sample", (), {}))) | {"__static_attributes__", "__firstlineno__"}
TYPES = {
    kind.__name__: kind
    for kind in (*vars(builtins).values(), *DESCRIBED, type(None), type(...))
    if isinstance(kind, type) and not kind.__name__.startswith("_") and kind.__module__ != "_frozen_importlib"
}
# Exceptions of the library are the same classes on both sides.
for module in list(sys.modules.values()):
    for kind in list(getattr(module, "__dict__", {}).values()):
        if isinstance(kind, type) and issubclass(kind, BaseException) and kind not in TYPES.values():
            TYPES[f"{kind.__module__}.{kind.__qualname__}"] = kind
TYPE_NAMES = {kind: name for name, kind in TYPES.items()}


class State:
    """The solution's module."""

    namespace = None
    # What the tests made just now, by calling a class.
    constructed = None


state = State()
# Py_TPFLAGS_HEAPTYPE: a class that a program made.
HEAP_TYPE = 1 << 9
# What the judge knows by number, and the numbers by identity: all of it stays alive.
found, numbers = [], {}


def number_of(value):
    number = numbers.get(id(value))
    if number is None:
        number = numbers[id(value)] = len(found)
        found.append(value)
    return number


# ---- Describing


def base_of(kind):
    """The plain type that a class derives from, if any."""
    for base in kind.__mro__:
        if base in BASES:
            return base
    return None


def describe(value, slot):
    kind = type(value)
    if issubclass(kind, foreign.Foreign):
        return ("own", foreign.number_of(value))
    if issubclass(kind, type):
        return described_class(value, slot)
    if issubclass(kind, enum.Enum):
        return ("member", slot(kind), value._name_)
    if issubclass(kind, BaseException):
        return described_exception(value, slot)
    if kind.__bases__ == (tuple,) and type(vars(kind).get("_fields")) is tuple:
        if not vars(kind).keys() - NAMED_TUPLE - set(kind._fields):
            return ("namedtuple", kind.__name__, list(kind._fields), [slot(item) for item in tuple.__iter__(value)])
    base = base_of(kind)
    # With methods of its own it is an object, but only where the tests made it; a result is what it holds.
    if base is not None and not (adds(kind, base) and (id(value) in numbers or state.constructed is value)):
        return DESCRIBED[base](BASES[base](value), slot) if base in DESCRIBED else ("atom", BASES[base](value))
    if kind is types.MethodType:
        return ("method", slot(value.__self__), value.__func__.__name__)
    if kind in (types.FunctionType, types.BuiltinFunctionType):
        return ("function", number_of(value), value.__name__)
    if kind is types.ModuleType:
        raise Uncrossable(f"the module `{value.__name__}` is no plain data")
    # Iterators of Python's own can be stepped, and nothing else.
    if not kind.__flags__ & HEAP_TYPE and hasattr(kind, "__next__"):
        return ("iterator", number_of(value))
    return ("object", number_of(value), slot(kind))


def describe_plain(value, slot):
    """For what nobody will ask about later."""
    node = describe(value, slot)
    if node[0] in ("object", "iterator", "function", "method", "class", "enum"):
        raise Uncrossable(f"a `{type(value).__name__}` object is no plain data")
    return node


def adds(kind, base):
    """Whether a class has anything of its own to call or to read, besides what its base has."""
    own = [step for step in kind.__mro__ if step not in base.__mro__]
    return any(not name.startswith("_") and not hasattr(base, name) for step in own for name in vars(step))


def described_class(kind, slot):
    name = TYPE_NAMES.get(kind)
    if name is not None:
        return ("type", name)
    if issubclass(kind, enum.Enum):
        base = next((base for base in (enum.IntFlag, enum.IntEnum, enum.StrEnum, enum.Flag) if issubclass(kind, base)), enum.Enum)
        members = [(member, kind.__members__[member]._value_) for member in kind.__members__]
        return ("enum", number_of(kind), kind.__name__, base.__name__, [slot(member) for member in members])
    bases = [slot(base) for base in kind.__bases__ if base is not object and crosses(base)]
    special = special_of(kind)
    return ("class", number_of(kind), kind.__name__, bases, special, equality(kind), truth(kind), hashing(kind))


def crosses(base):
    return issubclass(base, BaseException) or TYPE_NAMES.get(base) is None


def equality(kind):
    """Who says whether two of them are equal."""
    own = kind.__eq__
    if own is object.__eq__:
        return "identity"
    if dataclasses.is_dataclass(kind) and getattr(getattr(own, "__code__", None), "co_filename", "") == "<string>":
        return "fields" if any(field.compare for field in dataclasses.fields(kind)) else "own"
    return "base" if base_of(kind) is not None else "own"


def truth(kind):
    return "own" if has(kind, "__bool__") else "length" if has(kind, "__len__") else "always"


def hashing(kind):
    if kind.__hash__ is None:
        return "none"
    return "identity" if kind.__hash__ is object.__hash__ else "own"


def described_exception(error, slot):
    arguments, attributes = values.arguments_of(error), [pair for pair in vars(error).items() if pair[0][:1] != "_"]
    if type(error).__module__ not in ("builtins", "solution"):
        # One of a library holds what the library needs, such as a connection. What tests look at are numbers and texts.
        arguments = [part if type(part) in ATOMS else None for part in arguments]
        attributes = [pair for pair in attributes if type(pair[1]) in ATOMS]
    else:
        attributes += [pair for pair in of_class(error) if pair[0] not in vars(error)]
    attributes = [slot(part) for pair in attributes for part in pair]
    try:
        text = BaseException.__str__(error) if type(error).__str__ is BaseException.__str__ else str(error)
    except Exception as second:
        text = f"<its message raises {type(second).__name__}>"
    return ("exception", slot(type(error)), [slot(part) for part in arguments], attributes, text)


def of_class(error):
    """The public attributes and properties that an exception has from its class, where they are plain data."""
    found = []
    for name in dir(type(error)):
        if name[:1] == "_" or hasattr(BaseException, name):
            continue
        known = getattr(type(error), name, None)
        if isinstance(known, property):
            try:
                known = getattr(error, name)
            except Exception:
                continue
        if type(known) in ATOMS or type(known) in COLLECTIONS:
            found.append((name, known))
    return found


# ---- What the judge sends, and may ask for


def make(node, value):
    kind = node[0]
    if kind == "own":
        return found[node[1]]
    if kind == "named":
        return resolve(node[1])
    if kind == "bound":
        return attribute(value(node[1]), node[2])
    if kind == "type":
        return TYPES[node[1]]
    if kind == "member":
        return value(node[1])[node[2]]
    if kind == "exception":
        return values.exception(value(node[1]), [value(slot) for slot in node[2]])
    if kind == "atom":
        return node[1]
    return foreign.make(node)


def fields(value):
    return tuple(getattr(value, field.name) for field in dataclasses.fields(value) if field.compare)


# What shows a program instead of what it does. Tests that a model wrote must not know a mutant by its code.
HIDDEN = frozenset("""
    __builtins__ __closure__ __code__ __getattribute__ __globals__ __subclasses__ ag_code ag_frame cr_code cr_frame f_code f_globals
    gi_code gi_frame tb_frame
""".split())


def attribute(owner, name):
    if name in HIDDEN:
        raise AttributeError(f"{name!r} does not cross")
    return getattr(owner, name)


def awaited(awaitable):
    async def run():
        return await awaitable

    return asyncio.run(run())


def attribute_of_module(name):
    try:
        return state.namespace[name]
    except KeyError:
        raise AttributeError(f"module 'solution' has no attribute {name!r}") from None


def constructing(kind):
    def construct(*arguments, **named):
        state.constructed = kind(*arguments, **named)
        return state.constructed

    return construct


ASKED_HERE = {
    **ASKED,
    "@getattr": attribute,
    "@setattr": setattr,
    "@delattr": delattr,
    "@dir": dir,
    "@fields": fields,
    "@base": lambda value: BASES[base_of(type(value))](value),
    "@awaited": awaited,
    "@global": attribute_of_module,
    "@call": lambda owner, name, arguments, named: attribute(owner, name)(*arguments, **named),
}


def resolve(target):
    """What a call is for: a name of the solution, one of its objects, or an operation on them."""
    if type(target) is int:
        called = found[target]
        return constructing(called) if isinstance(called, type) else called
    asked = ASKED_HERE.get(target)
    if asked is not None:
        return asked
    try:
        return state.namespace[target]
    except KeyError:
        raise NameError(f"name {target!r} is not defined") from None


# ---- Names


def named(wanted):
    """What the tests find under the names that they use: `f` for a function, `-` for nothing, `v` for a value in the table."""
    kinds, others = [], []
    for name in wanted:
        if name not in state.namespace:
            kinds.append("-")
        elif type(state.namespace[name]) is types.FunctionType:
            kinds.append("f")
        else:
            kinds.append("v")
            others.append(state.namespace[name])
    return "".join(kinds).encode(), values.encode(others, describe) if others else b""
