"""Whether an answer agrees with an expected one that was written in JSON."""

import json
from collections import deque

NUMBERS = (int, float)
INFINITE = {float("inf"), float("-inf")}


def agrees(got, wanted, tolerance, unordered):
    """Tuples count as lists, keys of objects are texts, 1 equals 1.0, and true is not 1."""
    if unordered and isinstance(got, (list, tuple, set, frozenset, deque)) and is_list(wanted):
        return same_items(list(got), list(wanted), tolerance)
    return same(got, wanted, tolerance)


def is_list(value):
    return isinstance(value, (list, tuple))


def same(got, wanted, tolerance):
    if is_list(wanted):
        return is_list(got) and len(got) == len(wanted) and all(same(a, b, tolerance) for a, b in zip(got, wanted))
    if isinstance(wanted, dict):
        if not isinstance(got, dict) or len(got) != len(wanted):
            return False
        found = {key_of(key): value for key, value in got.items()}
        return all(key in found and same(found[key], value, tolerance) for key, value in wanted.items())
    if isinstance(wanted, bool) or isinstance(got, bool) or wanted is None:
        return type(got) is type(wanted) and got == wanted
    if isinstance(wanted, NUMBERS) and isinstance(got, NUMBERS):
        return near(got, wanted, tolerance)
    return type(got) is type(wanted) and got == wanted


def key_of(key):
    """A key as JSON has it."""
    return key if isinstance(key, str) else json.dumps(key) if key is None or isinstance(key, (bool, *NUMBERS)) else None


def near(got, wanted, tolerance):
    if got == wanted or (got != got and wanted != wanted):
        return True
    if not tolerance or INFINITE.intersection((got, wanted)):
        return False
    try:
        return abs(got - wanted) <= max(tolerance, tolerance * abs(wanted))
    except OverflowError:
        # One is a whole number beyond all floats.
        return False


def same_items(got, wanted, tolerance):
    """Each item has one that it agrees with, whatever the order."""
    if len(got) != len(wanted):
        return False
    for item in wanted:
        position = next((at for at, other in enumerate(got) if same(other, item, tolerance)), None)
        if position is None:
            return False
        del got[position]
    return True
