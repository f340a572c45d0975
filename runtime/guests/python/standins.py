"""The judge's stand-ins for the solution's functions, classes and objects. Using one is a call to the solution's guest.

Whether two are equal, true or hashed alike is decided here as far as plain data can decide it; where only the solution's
word can, the test is marked as vouched for.
"""

import _proofhouse_channel as channel

# The numbers of the stand-ins for classes, exceptions and functions.
numbers = {}
# Every object of the solution that came, once; and those that were made of what the tests may expect.
handed_out, tainted = set(), set()


class Vouched:
    """What only the solution's word stands for in this test: the first such thing."""

    by = ""


vouched = Vouched()


def vouch(kind, what):
    vouched.by = vouched.by or f"`{kind.__name__[:100]}.{what}`"


def cross(target, arguments, named={}):
    try:
        return channel.cross(target, arguments, named)
    except StopIteration:
        # It would end whatever goes through `map` in the tests, and look like the end of the cases.
        if target not in ("@next", "@anext"):
            vouched.by = vouched.by or "`StopIteration`"
        raise


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
        before = len(handed_out)
        instance = cross(numbers[made], arguments, named)
        # The same object twice, or one that was there before, would be equal to itself whatever it was made of.
        if isinstance(instance, Remote) and len(handed_out) == before:
            vouch(made, "__new__")
        return instance

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
        if number_of(self) in tainted or (issubclass(theirs, Remote) and number_of(other) in tainted):
            vouch(kind, "__eq__")
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
        if vouches == "always":
            vouch(type(self), name)
        elif vouches == "plain":
            judge_of(self, name, arguments, result)
        return result

    call.__name__ = name
    return call


def reflected(name, asked):
    def call(self, other):
        result = cross(asked, (other, self))
        judge_of(self, name, (other,), result)
        return result

    call.__name__ = name
    return call


def judge_of(self, name, others, result):
    """What is made with plain data, or of what was, is tainted; plain data that comes of it is vouched for."""
    pure = all(isinstance(other, Remote) and number_of(other) not in tainted for other in others)
    if isinstance(result, Remote):
        if not pure or number_of(self) in tainted:
            tainted.add(number_of(result))
    elif not others or not pure or number_of(self) in tainted:
        vouch(type(self), name)


def call(self, *arguments, **named):
    return cross(number_of(self), arguments, named)


def items(self):
    """Steps through an object, and counts where it also says how many there are."""
    count = 0
    for item in cross("@iter", (self,)):
        count += 1
        yield item
    if hasattr(type(self), "__len__") and len(self) != count:
        vouch(type(self), "__iter__")


def item_at(self, position):
    try:
        return cross("@getitem", (self, position))
    except IndexError:
        if type(position) is int and hasattr(type(self), "__len__") and position < len(self):
            vouch(type(self), "__getitem__")
        raise


def contains(self, item):
    vouch(type(self), "__contains__")
    return cross("@contains", (self, item))


def awaits(self):
    return cross("@awaited", (self,))
    yield


def special_methods():
    made = {"__call__": call, "__await__": awaits, "__getitem__": item_at, "__contains__": contains}
    for word in "lt le gt ge".split():
        made[f"__{word}__"] = method(f"__{word}__", f"@{word}", "always")
    for word in """add sub mul matmul truediv floordiv mod divmod pow lshift rshift and xor or neg pos abs invert int float
    complex index round bytes iadd isub imul ior iand ixor""".split():
        made[f"__{word}__"] = method(f"__{word}__", f"@{word}", "plain")
    for word in "add sub mul matmul truediv floordiv mod divmod pow lshift rshift and xor or".split():
        made[f"__r{word}__"] = reflected(f"__r{word}__", f"@{word}")
    for word in "iter next len setitem delitem enter exit reversed aiter anext".split():
        made[f"__{word}__"] = method(f"__{word}__", f"@{word}", "never")
    return made


SPECIAL = special_methods()


class Iterator(Remote):
    """An iterator of the solution: it can be stepped. Whether something is among its items is not told by a stream."""

    __slots__ = ()
    __next__ = SPECIAL["__next__"]

    def __iter__(self):
        return self

    def __contains__(self, item):
        vouch(type(self), "__contains__")
        return any(other is item or other == item for other in self)


traits[Iterator] = ("identity", "always", "identity")


# ---- Functions


def function(target, name):
    """A stand-in for a function of the solution. `target` is its name there, or its number."""

    def call(*arguments, **named):
        return cross(target, arguments, named)

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
