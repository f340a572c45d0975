"""The judge's side of what is not plain data: makes stand-ins for what the solution sends, with a distrust of every
word, and hands over functions and objects of the tests.
"""

import collections.abc
import enum
import io
import keyword
import random
import sys
import types
import unittest.mock

import _proofhouse_owned as owned
import _proofhouse_values as values
from _proofhouse_operations import ASKED, special_of
from _proofhouse_standins import Iterator, Remote, RemoteType, SPECIAL, attribute_of_module, bindings, bound, function
from _proofhouse_standins import handed_out, number_of, numbers, set_number, tainted, traits, vouched
from _proofhouse_values import ATOMS, BASES, DESCRIBED, Malformed, Uncrossable

# The solution's classes, objects and functions that the judge knows, by their numbers.
known = {}
# What the tests handed to the solution: functions and objects of theirs.
handed, handed_numbers = [], {}


# ---- Making what the solution sends


def text(word):
    if type(word) is not str or not word.isidentifier() or keyword.iskeyword(word):
        raise Malformed(f"{word!r} is no name")
    return word


def public(word):
    if text(word).startswith("_"):
        raise Malformed(f"`{word}` is no public name")
    return word


def make(node, value):
    kind = node[0]
    if kind == "atom" and type(node[1]) in ATOMS:
        return node[1]
    if kind == "own":
        return handed[node[1]]
    if kind == "type":
        return DATA_TYPES[node[1]]
    if kind == "method":
        return bound(value(node[1]), text(node[2]))
    if kind == "member":
        owner = value(node[1])
        if type(owner) is not enum.EnumType:
            raise Malformed("a member of what is no enum")
        return owner[public(node[2])]
    if kind == "exception":
        return made_exception(node, value)
    number = node[1]
    if type(number) is not int:
        raise Malformed(kind)
    if kind == "object":
        came.by = came.by or "an object"
    found = known.get((kind, number))
    if found is None:
        found = known[kind, number] = REMOTE[kind](number, node, value)
    return found


def made_function(number, node, value):
    return function(number, str(node[2]))


def made_object(number, node, value):
    kind = value(node[2])
    if type(kind) is not RemoteType:
        raise Malformed("an object of what is no class")
    came.by = f"a `{kind.__name__[:100]}` object"
    return stand_in_for(kind, number)


def made_iterator(number, node, value):
    return stand_in_for(Iterator, number)


def stand_in_for(kind, number):
    made = object.__new__(kind)
    set_number(made, number)
    handed_out.add(number)
    return made


class Came:
    """The first object of a class of the solution's that an answer held in this test."""

    by = ""


came = Came()


def stand_in(name, bases, special, number):
    members = {word: SPECIAL[word] for word in special if word in SPECIAL}
    return RemoteType(name, bases, {**members, "__slots__": ()}, number=number)


def made_class(number, node, value):
    _, _, name, bases, special, equality, truth, hashing = node
    name, bases = text(name), tuple(value(slot) for slot in bases)
    if any(isinstance(base, type) and issubclass(base, BaseException) for base in bases):
        bases = tuple(base for base in bases if issubclass(base, BaseException))
        made = type(name, bases, {"__str__": shown_message, "__module__": "solution"})
        numbers[made] = number
        return made
    made = stand_in(name, tuple(base for base in bases if isinstance(base, RemoteType)) or (Remote,), special, number)
    if equality not in ("identity", "fields", "base", "own") or truth not in ("own", "length", "always"):
        raise Malformed("class")
    traits[made] = (equality, truth, hashing)
    return made


def made_enum(number, node, value):
    _, _, name, base, members = node
    base = {"Enum": enum.Enum, "IntEnum": enum.IntEnum, "StrEnum": enum.StrEnum, "Flag": enum.Flag, "IntFlag": enum.IntFlag}[base]
    plain = []
    for slot in members:
        member, content = value(slot)
        if hasattr(base, public(member)) or member == "mro" or not only_data(content):
            raise Malformed(f"`{member}` is no member")
        plain.append((member, content))
    made = base(text(name), plain)
    numbers[made] = number
    return made


def only_data(content):
    kind = type(content)
    return kind in ATOMS or (kind in (tuple, frozenset) and all(map(only_data, content)))


def made_exception(node, value):
    _, kind, arguments, attributes, said = node
    kind = value(kind)
    arguments = [value(slot) for slot in arguments]
    if not isinstance(kind, type) or not issubclass(kind, BaseException):
        raise Malformed("exception")
    made = values.exception(kind, arguments)
    for position in range(0, len(attributes), 2):
        name = attributes[position]
        if not hasattr(BaseException, public(name)):
            made.__dict__[name] = value(attributes[position + 1])
    if kind in numbers:
        messages[id(made)] = (made, str(said))
    return made


messages = {}


def shown_message(error):
    _, said = messages.get(id(error), (None, None))
    return BaseException.__str__(error) if said is None else said


REMOTE = {
    "function": made_function,
    "object": made_object,
    "iterator": made_iterator,
    "class": made_class,
    "enum": made_enum,
}
# Types that may come: of data, and exceptions. Others do things when they are called.
DATA_TYPES = {
    name: kind
    for name, kind in owned.TYPES.items()
    if kind in ATOMS or kind in DESCRIBED or issubclass(kind, BaseException)
}


# ---- Describing what the tests send


def describe(value, slot):
    kind = type(value)
    if issubclass(kind, Remote):
        return ("own", number_of(value))
    if issubclass(kind, type):
        if value in numbers:
            return ("own", numbers[value])
        if value in owned.TYPE_NAMES:
            return ("type", owned.TYPE_NAMES[value])
    if issubclass(kind, enum.Enum) and kind in numbers:
        return ("member", slot(kind), value._name_)
    if issubclass(kind, BaseException) and (kind in numbers or kind in owned.TYPE_NAMES):
        return ("exception", slot(kind), [slot(part) for part in values.arguments_of(value)])
    if kind in (types.BuiltinFunctionType, types.FunctionType, type) and value.__module__ in ("builtins", "operator", "math"):
        if getattr(sys.modules[value.__module__], value.__name__, None) is value:
            return ("global", value.__module__, value.__name__)
    if kind is types.FunctionType and value in numbers:
        target = numbers[value]
        return ("own", target) if type(target) is int else ("named", target)
    if kind is types.FunctionType and value in bindings:
        owner, name = bindings[value]
        return ("bound", slot(owner), name)
    if kind.__bases__ == (tuple,) and type(vars(kind).get("_fields")) is tuple:
        return ("namedtuple", kind.__name__, list(kind._fields), [slot(item) for item in value])
    base = owned.base_of(kind)
    # A subclass that overrides nothing is as good as its base; the tests watch what others are used for.
    if base is not None and not vars(kind).keys() - owned.EMPTY_CLASS:
        return DESCRIBED[base](BASES[base](value), slot) if base in DESCRIBED else ("atom", BASES[base](value))
    number = handed_numbers.get(id(value))
    if number is None:
        if not (callable(value) or is_object(value) or isinstance(value, collections.abc.Iterator)):
            raise Uncrossable(f"a `{kind.__name__}` object of the tests is no plain data")
        number = handed_numbers[id(value)] = len(handed)
        handed.append(value)
    # A function's name is the tests' own affair.
    plain = kind in (types.FunctionType, types.BuiltinFunctionType, types.MethodType) or issubclass(kind, type)
    return ("foreign", number, "function" if plain else kind.__name__, ["__call__"] if plain else special_of(kind))


# Objects of the library that tests hand over, and that lead nowhere else.
LEND = (io.StringIO, io.BytesIO, random.Random, unittest.mock.NonCallableMock)


def of_tests(kind):
    """The part of a class that the tests wrote."""
    return [step for step in kind.__mro__ if step.__module__ == "solution"]


def is_object(value):
    """Whether the solution may use its operators and attributes: an object of a class that the tests wrote, or one of a
    few of the library's. Others, such as frames, paths and loggers, lead to the judge's own."""
    kind = type(value)
    return not issubclass(kind, type) and (isinstance(value, LEND) or bool(of_tests(kind)))


def opened(value, name):
    """A name of an object that the solution may look at. A mock shows what is called on it, never what it is asked about;
    an object of the tests what their classes define, and what its plain base does."""
    kind = type(value)
    if not is_object(value) or type(name) is not str or name.startswith("_") or name in ("format", "format_map"):
        raise AttributeError(name)
    if isinstance(value, unittest.mock.NonCallableMock):
        if hasattr(unittest.mock.MagicMock, name):
            raise AttributeError(f"`{name}` of a mock is for the tests")
        return value, name
    steps = of_tests(kind) + [step for step in kind.__mro__ if step in BASES or step in DESCRIBED or step in LEND]
    known = any(name in vars(step) or "__getattr__" in vars(step) for step in steps)
    if not known and name not in getattr(value, "__dict__", ()):
        raise AttributeError(f"{kind.__name__!r} object has no attribute {name!r}")
    return value, name


def get_attribute(value, name):
    return getattr(*opened(value, name))


def set_attribute(value, name, content):
    kind = type(value)
    if not of_tests(kind) or name.startswith("_") or callable(getattr(kind, name, None)):
        raise AttributeError(f"`{name}` is for the tests to set")
    setattr(value, name, content)


ASKED_HERE = {**ASKED, "@getattr": get_attribute, "@setattr": set_attribute}


def resolve(target):
    """What the solution may call here: what it was handed, and operations on it."""
    if type(target) is int and target >= 0:
        return handed[target]
    asked = ASKED_HERE.get(target)
    if asked is None:
        raise Malformed("a call of something that was not handed over")
    return lambda first, *others: asked(first, *others) if mine(first) or any(map(mine, others)) else refuse()


def mine(value):
    return id(value) in handed_numbers


def refuse():
    raise Malformed("an operation on something that was not handed over")
