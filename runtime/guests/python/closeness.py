"""Whether an answer agrees with the expected one (EvalPlus's rules)."""

import math


def only_floats(value):
    if type(value) in (list, tuple) and value:
        return all(type(item) is float for item in value)
    return type(value) is float


def agrees(got, wanted, tolerance):
    """Equality; or closeness of numbers, where a tolerance is given or floats are expected (EvalPlus)."""
    if got == wanted:
        return True
    if tolerance == 0.0 and only_floats(wanted):
        tolerance = 1e-6
    return tolerance > 0.0 and close(got, wanted, tolerance)


def close(got, wanted, tolerance):
    if type(wanted) in (list, tuple):
        same = type(got) is type(wanted) and len(got) == len(wanted)
        return same and all(close(a, b, tolerance) for a, b in zip(got, wanted))
    if type(wanted) in (int, float) and type(got) in (int, float):
        if math.isnan(wanted) or math.isnan(got):
            return math.isnan(wanted) and math.isnan(got)
        return got == wanted or abs(got - wanted) <= tolerance + 1e-7 * abs(wanted)
    return got == wanted
