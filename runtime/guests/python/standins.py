"""The judge's stand-ins for the solution's functions, classes and objects. Using one is a call to the solution's guest.

Whether two are equal, true or hashed alike is decided here as far as plain data can decide it; where only the solution's
word can, the test is marked as vouched for.
"""

import _proofhouse_channel as channel

# The numbers of the stand-ins for classes, exceptions and functions.
numbers = {}


class Vouched:
    """What only the solution's word stands for in this test: the first such thing."""

    by = ""


vouched = Vouched()


def vouch(kind, what):
    vouched.by = vouched.by or f"`{kind.__name__}.{what}`"


def cross(target, arguments, named={}):
    return channel.cross(target, arguments, named)


class RemoteType(type):
    """The class of the stand-ins for the solution's classes."""

    def __new__(kind, name, bases, members, /, number=None, **words):
        if number is None:
            raise TypeError("the tests derive a class from one of the solution's, which lives in another guest")
        made = type.__new__(kind, name, bases, members)
        numbers[made] = number
        return made

    def __init__(made, name, bases, members, /, number=None, **words):
        type.__init__(made, name, bases, members)

    def __call__(made, *arguments, **named):
        return cross(numbers[made], arguments, named)

    def __getattr__(made, name):
        if name.startswith("__") and name not in ("__doc__", "__annotations__", "__match_args__"):
            raise AttributeError(name)
        return cross("@getattr", (made, name))

    def __setattr__(made, name, value):
        cross("@setattr", (made, name, value))


class Remote:
    """An object of the solution."""

    __slots__ = ("__number",)

    def __getattr__(self, name):
        return cross("@getattr", (self, name))

    def __setattr__(self, name, value):
        cross("@setattr", (self, name, value))

    def __delattr__(self, name):
        cross("@delattr", (self, name))

    def __dir__(self):
        return cross("@dir", (self,))

    def __str__(self):
        return cross("@str", (self,))

    def __repr__(self):
        return cross("@repr", (self,))

    def __format__(self, how):
        return cross("@format", (self, how))

    def __eq__(self, other):
        kind, theirs = type(self), type(other)
        how = traits[kind][0]
        if how == "base" and not issubclass(theirs, Remote):
            return cross("@base", (self,)) == other
        if not issubclass(theirs, Remote) or how == "identity":
            return NotImplemented
        if how == "base" and traits[theirs][0] == "base":
            return cross("@base", (self,)) == cross("@base", (other,))
        if how == "fields":
            return kind is theirs and cross("@fields", (self,)) == cross("@fields", (other,))
        vouch(kind, "__eq__")
        return cross("@eq", (self, other))

    def __hash__(self):
        equality, _, hashing = traits[type(self)]
        if hashing == "none":
            raise TypeError(f"unhashable type: '{type(self).__name__}'")
        if equality == "fields":
            return hash(cross("@fields", (self,)))
        if hashing == "identity":
            return object.__hash__(self)
        vouch(type(self), "__hash__")
        return cross("@hash", (self,))

    def __bool__(self):
        how = traits[type(self)][1]
        if how == "always":
            return True
        if how == "length":
            return len(self) != 0
        vouch(type(self), "__bool__")
        return cross("@bool", (self,))


number_slot = Remote.__dict__["_Remote__number"]
number_of, set_number = number_slot.__get__, number_slot.__set__
# Of a stand-in class: who decides equality, truth and hashing.
traits = {}


def method(name, asked, vouches):
    """A special method that asks the solution. `vouches`: `always`, where the answer is a verdict; `plain`, where a plain
    answer may be made to please, since the other operand may be what the tests expect; or never."""

    def call(self, *arguments):
        result = cross(asked, (self, *arguments))
        if vouches == "always" or (vouches == "plain" and not isinstance(result, Remote)):
            if vouches == "always" or not arguments or not all(isinstance(other, Remote) for other in arguments):
                vouch(type(self), name)
        return result

    call.__name__ = name
    return call


def reflected(name, asked):
    def call(self, other):
        result = cross(asked, (other, self))
        if not isinstance(result, Remote):
            vouch(type(self), name)
        return result

    call.__name__ = name
    return call


def call(self, *arguments, **named):
    return cross(number_of(self), arguments, named)


def awaits(self):
    return cross("@awaited", (self,))
    yield


def special_methods():
    made = {"__call__": call, "__await__": awaits}
    for word in "lt le gt ge contains".split():
        made[f"__{word}__"] = method(f"__{word}__", f"@{word}", "always")
    for word in """add sub mul matmul truediv floordiv mod divmod pow lshift rshift and xor or neg pos abs invert int float
    complex index round bytes""".split():
        made[f"__{word}__"] = method(f"__{word}__", f"@{word}", "plain")
    for word in "add sub mul matmul truediv floordiv mod divmod pow lshift rshift and xor or".split():
        made[f"__r{word}__"] = reflected(f"__r{word}__", f"@{word}")
    for word in "iadd isub imul ior iand ixor iter next len getitem setitem delitem enter exit reversed aiter anext".split():
        made[f"__{word}__"] = method(f"__{word}__", f"@{word}", "never")
    return made


SPECIAL = special_methods()


# ---- Functions


def function(target, name):
    """A stand-in for a function of the solution. `target` is its name there, or its number."""

    def call(*arguments, **named):
        try:
            return channel.cross(target, arguments, named)
        except StopIteration:
            # It would end whatever goes through `map` in the tests, and look like the end of the cases.
            vouched.by = vouched.by or "`StopIteration`"
            raise

    call.__name__ = call.__qualname__ = name
    numbers[call] = target
    return call


def attribute_of_module(name):
    """For tests that import from the solution by its module's name."""
    if name.startswith("__"):
        raise AttributeError(name)
    return cross("@global", (name,))


def bound(owner, name):
    def call(*arguments, **named):
        return cross("@call", (owner, name, arguments, named))

    call.__name__ = name
    bindings[call] = (owner, name)
    return call


bindings = {}
