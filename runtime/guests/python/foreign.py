"""The solution's stand-ins for what the tests handed to it: functions and objects of theirs. Using one runs them there."""

import sys

import _proofhouse_channel as channel
import _proofhouse_values as values


class Foreign:
    """A function or an object of the tests."""

    __slots__ = ("__number",)

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return channel.cross("@getattr", (self, name), {})

    def __setattr__(self, name, value):
        channel.cross("@setattr", (self, name, value), {})

    def __repr__(self):
        return f"<a {type(self).__name__} of the tests>"


slot = Foreign.__dict__["_Foreign__number"]
number_of = slot.__get__
# The stand-ins by number, and their classes by name and special methods.
made, kinds = {}, {}


def special(name):
    if name == "__call__":
        return lambda self, *arguments, **named: channel.cross(number_of(self), arguments, named)
    word = name.strip("_")
    if name.startswith("__r") and word not in ("reversed", "round", "rshift"):
        return lambda self, other: channel.cross("@" + word[1:], (other, self), {})
    return lambda self, *arguments: channel.cross("@" + word, (self, *arguments), {})


def make(node):
    kind = node[0]
    if kind == "global":
        return getattr(sys.modules[node[1]], node[2])
    if kind != "foreign":
        raise values.Malformed(kind)
    _, number, name, names = node
    found = made.get(number)
    if found is None:
        found = made[number] = object.__new__(kind_of(name, tuple(names)))
        slot.__set__(found, number)
    return found


def kind_of(name, names):
    kind = kinds.get((name, names))
    if kind is None:
        members = {word: special(word) for word in names}
        kind = kinds[name, names] = type(name, (Foreign,), {**members, "__slots__": ()})
    return kind
