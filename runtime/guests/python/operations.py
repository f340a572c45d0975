"""What one guest may ask of the other's objects besides calling them: the operations of Python, by name."""

import operator

# Special methods that a stand-in has where its original's class has them.
SPECIAL = frozenset("""
    __call__ __iter__ __next__ __len__ __getitem__ __setitem__ __delitem__ __contains__ __enter__ __exit__ __await__
    __lt__ __le__ __gt__ __ge__ __add__ __sub__ __mul__ __matmul__ __truediv__ __floordiv__ __mod__ __divmod__
    __pow__ __lshift__ __rshift__ __and__ __xor__ __or__ __radd__ __rsub__ __rmul__ __rmatmul__ __rtruediv__
    __rfloordiv__ __rmod__ __rdivmod__ __rpow__ __rlshift__ __rrshift__ __rand__ __rxor__ __ror__ __iadd__ __isub__
    __imul__ __ior__ __iand__ __ixor__ __neg__ __pos__ __abs__ __invert__ __int__ __float__ __complex__ __index__
    __round__ __reversed__ __bytes__ __aiter__ __anext__
""".split())  # fmt: skip
OPERATORS = """eq lt le gt ge add sub mul matmul truediv floordiv mod lshift rshift and_ xor or_ iadd isub imul ior iand
    ixor neg pos invert contains getitem setitem delitem index""".split()

ASKED = {
    f"@{function.__name__.strip('_')}": function
    for function in (
        len, iter, next, reversed, str, repr, format, hash, bool, int, float, complex, bytes, abs, round, divmod, pow, aiter,
        anext, *(getattr(operator, name) for name in OPERATORS),
    )
}  # fmt: skip
ASKED["@enter"] = lambda value: type(value).__enter__(value)
ASKED["@exit"] = lambda value, *raised: type(value).__exit__(value, *raised)


def has(kind, name):
    """Whether a class defines a special method, `object` aside."""
    return any(name in vars(step) and vars(step)[name] is not None for step in kind.__mro__ if step is not object)


def special_of(kind):
    # Every object that crosses asks this: most classes have few of the names, which sets find in no time.
    there = [SPECIAL.intersection(vars(step)) for step in kind.__mro__ if step is not object]
    return [name for name in frozenset().union(*there) if has(kind, name)]
