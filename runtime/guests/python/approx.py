"""Numbers that equal others nearly, in the manner of `pytest.approx`: 1e-6 of the expected, or 1e-12, whichever is more."""

import collections.abc
import decimal
import math
import numbers


def approx(expected, rel=None, abs=None, nan_ok=False):
    """Something that equals what is near the expected number, or near each of the expected numbers."""
    if hasattr(expected, "tolist"):
        expected = expected.tolist()
    if isinstance(expected, collections.abc.Mapping):
        return Mapping({key: near(value, rel, abs, nan_ok) for key, value in expected.items()})
    if isinstance(expected, collections.abc.Collection) and not isinstance(expected, (str, bytes)):
        if not isinstance(expected, collections.abc.Sequence):
            raise TypeError(f"pytest.approx() only supports ordered sequences, but got: {expected!r}")
        return Sequence([near(value, rel, abs, nan_ok) for value in expected], type(expected))
    return Near(expected, rel, abs, nan_ok)


def near(value, rel, abs, nan_ok):
    if isinstance(value, (list, tuple, dict)):
        raise TypeError(f"pytest.approx() does not support nested data structures: {value!r}")
    return Near(value, rel, abs, nan_ok)


class Approx:
    """What these have in common; arrays leave the comparison to them."""

    __array_ufunc__ = None
    __array_priority__ = 100
    __hash__ = None

    def __ne__(self, actual):
        return not self == actual


class Near(Approx):
    """One expected value; what is no number is equal or not."""

    def __init__(self, expected, rel, abs, nan_ok):
        self.expected, self.rel, self.abs, self.nan_ok = expected, rel, abs, nan_ok

    @property
    def tolerance(self):
        for name, value in (("absolute", self.abs), ("relative", self.rel)):
            if value is not None and (value < 0 or math.isnan(value)):
                raise ValueError(f"{name} tolerance can't be negative or NaN: {value}")
        kind = decimal.Decimal if isinstance(self.expected, decimal.Decimal) else lambda text: float(text)
        least = self.abs if self.abs is not None else kind("1e-12")
        if self.rel is None and self.abs is not None:
            return least
        return max((self.rel if self.rel is not None else kind("1e-6")) * abs(self.expected), least)

    def is_number(self):
        return isinstance(self.expected, (numbers.Complex, decimal.Decimal)) and not isinstance(self.expected, bool)

    def __eq__(self, actual):
        if hasattr(actual, "tolist"):
            actual = actual.tolist()
        if isinstance(actual, list) and self.is_number():
            return all(self == one for one in actual)
        if isinstance(self.expected, bool) and not isinstance(actual, bool):
            return False
        if actual == self.expected:
            return True
        if not self.is_number() or isinstance(actual, bool) or not isinstance(actual, (numbers.Complex, decimal.Decimal)):
            return False
        if is_nan(self.expected):
            return self.nan_ok and is_nan(actual)
        if math.isinf(abs(self.expected)):
            return False
        return bool(abs(self.expected - actual) <= self.tolerance)

    def __repr__(self):
        if not self.is_number() or is_nan(self.expected) or math.isinf(abs(self.expected)):
            return str(self.expected) if self.is_number() else repr(self.expected)
        return f"{self.expected} ± {self.tolerance:.1e}"


def is_nan(value):
    return value != value


class Sequence(Approx):
    def __init__(self, parts, kind):
        self.parts, self.kind = parts, kind

    def __eq__(self, actual):
        if hasattr(actual, "tolist"):
            actual = actual.tolist()
        try:
            same = len(actual) == len(self.parts)
        except TypeError:
            return False
        return same and all(part == one for part, one in zip(self.parts, actual))

    def __repr__(self):
        return f"approx({tuple(self.parts) if self.kind is tuple else self.parts!r})"


class Mapping(Approx):
    def __init__(self, parts):
        self.parts = parts

    def __eq__(self, actual):
        try:
            same = set(actual.keys()) == set(self.parts)
        except AttributeError:
            return False
        return same and all(part == actual[key] for key, part in self.parts.items())

    def __repr__(self):
        return f"approx({self.parts!r})"
