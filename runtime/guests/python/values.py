"""How values cross from one guest to another: as plain data of exact types, never as code.

There are two forms. The plain one is `marshal`'s, for values made of None, bool, int, float, complex, str, list,
tuple, dict, set and frozenset alone; C code reads and writes it. The other is a table, for everything else: a
top slot and nodes, written by `marshal` too. A slot is an atom itself, or `(number,)` for a node; a node is a tuple
that begins with its kind. Nodes are numbered in the order of their discovery, so aliases and cycles keep their shape.

`bytes` are only in tables: `marshal` writes a bytearray as if it were bytes, so whoever finds bytes in the plain
form asks for the table.
"""

import array
import collections
import datetime
import decimal
import fractions
import marshal
import uuid

ATOMS = frozenset({type(None), bool, int, float, complex, str, bytes, type(...)})
# What a function can change in place, and what those may stand in.
MUTABLE = frozenset({
    list, dict, set, bytearray, array.array, collections.deque, collections.Counter, collections.OrderedDict,
    collections.defaultdict,
})  # fmt: skip
NESTING = MUTABLE | {tuple}


class Uncrossable(BaseException):
    """A value that can't cross, and why. No `except Exception` may hide it."""


class Malformed(Exception):
    """A message that no guest of ours writes."""


# ---- Kinds of nodes


def items(kind):
    return lambda value, slot: (kind, [slot(item) for item in value])


def pairs(kind):
    return lambda value, slot: (kind, [slot(item) for pair in value.items() for item in pair])


def zone(value, slot):
    return ("timezone", *(slot(part) for part in value.__getinitargs__()))


DESCRIBED = {
    list: items("list"),
    tuple: items("tuple"),
    set: items("set"),
    frozenset: items("frozenset"),
    dict: pairs("dict"),
    collections.Counter: pairs("Counter"),
    collections.OrderedDict: pairs("OrderedDict"),
    collections.defaultdict: lambda value, slot: (*pairs("defaultdict")(value, slot), slot(value.default_factory)),
    collections.deque: lambda value, slot: (*items("deque")(value, slot), value.maxlen),
    bytearray: lambda value, slot: ("bytearray", bytes(value)),
    memoryview: lambda value, slot: ("memoryview", value.tobytes()),
    array.array: lambda value, slot: ("array", value.tobytes(), value.typecode),
    range: lambda value, slot: ("range", value.start, value.stop, value.step),
    slice: lambda value, slot: ("slice", slot(value.start), slot(value.stop), slot(value.step)),
    datetime.date: lambda value, slot: ("date", value.year, value.month, value.day),
    datetime.time: lambda value, slot: (
        "time", value.hour, value.minute, value.second, value.microsecond, slot(value.tzinfo), value.fold,
    ),
    datetime.datetime: lambda value, slot: (
        "datetime", value.year, value.month, value.day, value.hour, value.minute, value.second, value.microsecond,
        slot(value.tzinfo), value.fold,
    ),
    datetime.timedelta: lambda value, slot: ("timedelta", value.days, value.seconds, value.microseconds),
    datetime.timezone: zone,
    decimal.Decimal: lambda value, slot: ("Decimal", str(value)),
    fractions.Fraction: lambda value, slot: ("Fraction", value.numerator, value.denominator),
    uuid.UUID: lambda value, slot: ("UUID", value.int),
    type(NotImplemented): lambda value, slot: ("NotImplemented",),
    # A view of a dictionary arrives as a view of another with the same items.
    type({}.keys()): items("keys"),
    type({}.values()): items("values"),
    type({}.items()): items("items"),
}  # fmt: skip

# The types of which a subclass's instance is read as what the type itself holds, past whatever it overrides.
BASES = {
    bool: None,
    int: int.__pos__,
    float: float.__pos__,
    complex: complex.__pos__,
    str: str.__str__,
    bytes: bytes.__bytes__,
    list: lambda value: list.__getitem__(value, slice(None)),
    tuple: lambda value: tuple.__getitem__(value, slice(None)),
    dict: dict.copy,
    set: lambda value: set().union(value),
    frozenset: lambda value: frozenset().union(value),
    bytearray: lambda value: bytearray.__getitem__(value, slice(None)),
}


def moment(kind, *head, zone, fold):
    return kind(*head, tzinfo=zone, fold=fold)


def named_tuple(cache={}):
    def make(node, value):
        name, fields = node[1], tuple(node[2])
        made = cache.get((name, fields))
        if made is None:
            made = cache[name, fields] = collections.namedtuple(name, fields)
        return tuple.__new__(made, [value(slot) for slot in node[3]])

    return make


# Values that exist before what is in them does: what can be part of itself.
SHELLS = {
    "list": lambda node: [],
    "dict": lambda node: {},
    "set": lambda node: set(),
    "Counter": lambda node: collections.Counter(),
    "OrderedDict": lambda node: collections.OrderedDict(),
    "defaultdict": lambda node: collections.defaultdict(),
    "deque": lambda node: collections.deque(maxlen=node[2]),
}
MADE = {
    "tuple": lambda node, value: tuple([value(slot) for slot in node[1]]),
    "frozenset": lambda node, value: frozenset([value(slot) for slot in node[1]]),
    "namedtuple": named_tuple(),
    "keys": lambda node, value: dict.fromkeys([value(slot) for slot in node[1]]).keys(),
    "values": lambda node, value: dict(enumerate([value(slot) for slot in node[1]])).values(),
    "items": lambda node, value: dict([value(slot) for slot in node[1]]).items(),
    "bytearray": lambda node, value: bytearray(node[1]),
    "memoryview": lambda node, value: memoryview(node[1]),
    "array": lambda node, value: array.array(node[2], node[1]),
    "range": lambda node, value: range(node[1], node[2], node[3]),
    "slice": lambda node, value: slice(value(node[1]), value(node[2]), value(node[3])),
    "date": lambda node, value: datetime.date(*node[1:]),
    "time": lambda node, value: moment(datetime.time, *node[1:5], zone=value(node[5]), fold=node[6]),
    "datetime": lambda node, value: moment(datetime.datetime, *node[1:8], zone=value(node[8]), fold=node[9]),
    "timedelta": lambda node, value: datetime.timedelta(*node[1:]),
    "timezone": lambda node, value: datetime.timezone(*(value(slot) for slot in node[1:])),
    "Decimal": lambda node, value: decimal.Decimal(node[1]),
    "Fraction": lambda node, value: fractions.Fraction(node[1], node[2]),
    "UUID": lambda node, value: uuid.UUID(int=node[1]),
    "NotImplemented": lambda node, value: NotImplemented,
}


def fill(target, node, value):
    """Puts into a shell, or into an argument that was changed, what the node says."""
    kind = type(target)
    content = node[1]
    if kind is list:
        target[:] = [value(slot) for slot in content]
    elif kind is set:
        target.clear()
        target.update([value(slot) for slot in content])
    elif kind is collections.deque:
        target.clear()
        target.extend([value(slot) for slot in content])
    elif kind is bytearray:
        target[:] = content
    elif kind is array.array:
        target[:] = array.array(target.typecode, content)
    else:
        target.clear()
        # Not `update`: a Counter's adds.
        for position in range(0, len(content), 2):
            target[value(content[position])] = value(content[position + 1])
        if kind is collections.defaultdict:
            target.default_factory = value(node[2])


def arguments_of(error):
    """What makes an exception anew: an OSError keeps its file's name apart from `args`."""
    return OSError.__reduce__(error)[1] if isinstance(error, OSError) else error.args


def exception(kind, arguments):
    try:
        return kind(*arguments)
    except Exception:
        # Some want arguments of a certain form, and got others.
        try:
            made = kind.__new__(kind, *arguments)
        except Exception:
            made = kind.__new__(kind)
        made.args = tuple(arguments)
        return made


# ---- Tables


def encode(root, describe, originals=()):
    """A table of the value. `describe` is asked about what is not plain; `originals` are the mutable values that the
    other guest sent, which it knows by their position."""
    positions = {id(value): position for position, value in enumerate(originals)}
    numbers, found, nodes = {}, [], []

    def slot(value):
        if type(value) in ATOMS:
            return value
        number = numbers.get(id(value))
        if number is None:
            number = numbers[id(value)] = len(found)
            found.append(value)
        return (number,)

    top = slot(root)
    # It grows on the way.
    for value in found:
        described = DESCRIBED.get(type(value))
        node = described(value, slot) if described is not None else describe(value, slot)
        position = positions.get(id(value))
        nodes.append(node if position is None else ("original", *node[1:], position))
    return marshal.dumps((top, nodes), 4)


def decode(table, make, originals=()):
    """The value of a table. `make` is asked about kinds of nodes that are not plain."""
    top, nodes = marshal.loads(table, allow_code=False)
    absent, begun = object(), object()
    values = [absent] * len(nodes)
    filled = []
    for number, node in enumerate(nodes):
        if node[0] == "original":
            values[number] = originals[node[-1]]
        elif node[0] in SHELLS:
            values[number] = SHELLS[node[0]](node)
        else:
            continue
        filled.append(number)

    def value(slot):
        if type(slot) is not tuple:
            return slot
        number = slot[0]
        found = values[number]
        if found is absent:
            values[number] = begun
            node = nodes[number]
            plain = MADE.get(node[0])
            found = values[number] = plain(node, value) if plain is not None else make(node, value)
        elif found is begun:
            raise Malformed("a value that is part of itself and can't be")
        return found

    for number in range(len(nodes)):
        value((number,))
    for number in filled:
        fill(values[number], nodes[number], value)
    return value(top)


def mutable(roots):
    """Everything below these values that can be changed in place, in an order that both guests find."""
    found, seen = [], set()
    level = [root for root in roots if type(root) in NESTING]
    while level:
        deeper = []
        for value in level:
            if id(value) in seen:
                continue
            seen.add(id(value))
            kind = type(value)
            if kind is not tuple:
                found.append(value)
            if kind in (bytearray, array.array, set):
                continue
            inner = value.values() if issubclass(kind, dict) else value
            if not ATOMS.issuperset(map(type, inner)):
                deeper += [item for item in inner if type(item) in NESTING]
        level = deeper
    return found
