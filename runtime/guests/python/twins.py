"""Twins: for a plain function, a coroutine that does the same and can be suspended at every call.

The guest cannot switch stacks, so a thread has to be a coroutine. `register_program` compiles a syntax tree a second
time with each `def` turned into `async def` and each call in it into `await settle(pick(f)(...))`: `pick` looks up
the twin of what is called, `settle` makes any other result awaitable. The first compilation is left as it is. The
two trees nest the same scopes in the same order, so their code objects are matched one to one, and a twin is made on
the spot from a function's own globals, defaults and closure. Whatever a program sees (names, frames of a traceback,
`super()`, decorators, closures) is therefore what it sees in the original.

Stays plain, and so cannot be suspended: the bodies of generators that return a value or delegate in an expression,
generator expressions, module and class bodies, decorators and default values, functions called back from C (sort
keys, `__eq__`), properties. Functions that provably never wait get no twin, and run at full speed.

Must not know about threads: who drives the coroutines, and why they suspend, is the scheduler's job.
"""

import ast
import contextlib
import functools
import types
import warnings
from contextvars import Context

from _proofhouse_rewrite import lambda_name, rewrite

# A twin's code is found by the identity of the plain code. The plain code is kept so that its id stays its own.
_coroutines = {}
_streams = {}
_twin_ids = set()

_COROUTINE, _STREAM = 0x80, 0x200  # CO_COROUTINE, CO_ASYNC_GENERATOR
_CALL_ITERATOR = type(iter(int, 1))


def pair(plain, suspendable):
    """Makes the coroutine function `suspendable` the twin of the function `plain`."""
    code = plain.__code__
    _register(code, suspendable.__code__.replace(co_name=code.co_name, co_qualname=code.co_qualname))


def precede(plain, before):
    """Makes `before(plain, ...)`, a coroutine function, the twin of the function `plain`."""
    code = plain.__code__
    _coroutines[id(code)] = code, before
    _twin_ids.add(id(before.__code__))


def _register(code, twin):
    table = _streams if twin.co_flags & _STREAM else _coroutines
    table[id(code)] = code, twin
    _twin_ids.add(id(twin))


def pick(function, table=_coroutines):
    """Returns the twin of a callable, bound as the callable is, or the callable itself when it has none."""
    kind = type(function)
    if kind is types.FunctionType:
        entry = table.get(id(function.__code__))
        if entry is None:
            return function
        if type(entry[1]) is not types.CodeType:
            return functools.partial(entry[1], function)
        twin = types.FunctionType(
            entry[1], function.__globals__, function.__name__, function.__defaults__, function.__closure__
        )
        if function.__kwdefaults__:
            twin.__kwdefaults__ = function.__kwdefaults__
        return twin
    if kind is types.MethodType:
        twin = pick(function.__func__, table)
        return function if twin is function.__func__ else types.MethodType(twin, function.__self__)
    if kind is types.BuiltinFunctionType:
        if type(function.__self__) is Context and function.__name__ == "run":
            return functools.partial(_run_in_context, function.__self__)
        return function
    if kind is functools.partial:
        twin = pick(function.func, table)
        return function if twin is function.func else functools.partial(twin, *function.args, **function.keywords)
    if kind is type:
        initialise = function.__init__
        if function.__new__ is object.__new__ and pick(initialise) is not initialise:
            return functools.partial(_construct, function)
        return function
    call = getattr(kind, "__call__", None)
    if type(call) is types.FunctionType and pick(call, table) is not call:
        return types.MethodType(pick(call, table), function)
    return function


def settle(value):
    """Returns an awaitable for what a picked callable returned: the twin's coroutine, or a value that is there."""
    kind = type(value)
    if kind is types.CoroutineType and id(value.cr_code) in _twin_ids:
        return value
    if kind is types.GeneratorType and value.gi_code is _CONTEXT_CODE:
        return value
    return _there(value)


@types.coroutine
def _there(value):
    return value
    yield


def _iterate(function):
    twin = pick(function, _streams)
    return pick(function) if twin is function else twin


def _run_in_context(context, function, /, *args, **kwargs):
    twin = pick(function)
    if twin is function:
        return context.run(function, *args, **kwargs)
    return _in_context(context, settle(twin(*args, **kwargs)))


@types.coroutine
def _in_context(context, coroutine):
    try:
        while True:
            yield context.run(coroutine.send, None)
    except StopIteration as stop:
        return stop.value
    except BaseException as error:
        _hide_frame(error)
        raise


_CONTEXT_CODE = _in_context.__code__


async def _construct(kind, /, *args, **kwargs):
    made = kind.__new__(kind)
    try:
        await settle(pick(made.__init__)(*args, **kwargs))
    except BaseException as error:
        _hide_frame(error)
        raise
    return made


_twin_ids.add(id(_construct.__code__))


def _hide_frame(error):
    # A bare `raise` adds no entry, so the frame that dropped its own stays out of the traceback.
    error.__traceback__ = error.__traceback__.tb_next


class _Managed:
    """A context manager whose `__enter__` and `__exit__` may be suspended."""

    __slots__ = ("_manager",)

    def __init__(self, manager):
        kind = type(manager)
        if not (hasattr(kind, "__enter__") and hasattr(kind, "__exit__")):
            raise TypeError(f"'{kind.__qualname__}' object does not support the context manager protocol")
        self._manager = manager

    async def __aenter__(self):
        try:
            return await settle(pick(types.MethodType(type(self._manager).__enter__, self._manager))())
        except BaseException as error:
            _hide_frame(error)
            raise

    async def __aexit__(self, *error):
        return await settle(pick(types.MethodType(type(self._manager).__exit__, self._manager))(*error))


def _managed(manager):
    if type(manager) is contextlib._GeneratorContextManager:
        twin = pick(manager.func, _streams)
        if twin is not manager.func:
            return contextlib.asynccontextmanager(twin)(*manager.args, **manager.kwds)
    return _Managed(manager)


def _steps(iterable):
    if type(iterable) is types.AsyncGeneratorType and id(iterable.ag_code) in _twin_ids:
        return iterable
    if type(iterable) is _CALL_ITERATOR:
        state = iterable.__reduce__()[1]
        # An exhausted one has forgotten its function.
        if len(state) == 2:
            return _call_until(*state)
    return _each(iterable)


async def _call_until(function, sentinel):
    try:
        while (value := await settle(pick(function)())) is not sentinel and value != sentinel:
            yield value
    except StopIteration:
        pass


async def _each(iterable):
    try:
        for item in iterable:
            yield item
    except BaseException as error:
        _hide_frame(error)
        raise


# Twins reach these as constants of their code, so that no name appears among a program's globals or builtins.
_HELPERS = {
    "\0pick": pick, "\0settle": settle, "\0iterate": _iterate, "\0managed": _managed, "\0steps": _steps,
}


def register_program(tree, code, filename):
    """Registers twins for the functions of a compiled program. `tree` is the program's own, and is used up."""
    twins = rewrite(tree)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the first compilation has given the program's own
        _match(code, compile(twins, filename, "exec", 0, True))


def register_module(module, only=None):
    """Registers twins for the loaded functions of a standard module, or for those named in `only`."""
    tree = ast.parse(module.__spec__.loader.get_source(module.__name__))
    if only is not None:
        _keep_functions(tree, only)
    code = compile(tree, module.__file__, "exec", 0, True)
    register_program(tree, code, module.__file__)
    # These twins belong to a fresh copy of the code: the live functions are those with the same name and line.
    fresh = {(inner.co_qualname, inner.co_firstlineno): inner for inner in _inner_codes(code, deep=True)}
    owners = [module, *(kind for kind in vars(module).values() if type(kind) is type)]
    for function in (getattr(value, "__func__", value) for owner in owners for value in vars(owner).values()):
        if type(function) is types.FunctionType and function.__module__ == module.__name__:
            _adopt(function.__code__, fresh)


def _keep_functions(node, only):
    kept = [inner for inner in node.body if isinstance(inner, ast.FunctionDef) and inner.name in only]
    classes = [inner for inner in node.body if isinstance(inner, ast.ClassDef)]
    for inner in classes:
        _keep_functions(inner, only)
    node.body = kept + [inner for inner in classes if inner.body]


def _adopt(live, fresh):
    same = fresh.get((live.co_qualname, live.co_firstlineno))
    for table in (_coroutines, _streams):
        if same is not None and id(same) in table:
            table[id(live)] = live, table[id(same)][1]
    for inner in _inner_codes(live):
        _adopt(inner, fresh)


def _inner_codes(code, deep=False):
    for constant in code.co_consts:
        if type(constant) is types.CodeType:
            yield constant
            if deep:
                yield from _inner_codes(constant, deep)


def _match(plain, twin, lambdas={}):
    """Registers the functions inside `twin` for those inside `plain`; returns `twin` with plain inner functions."""
    inner = list(_inner_codes(plain))
    added = [c for c in _inner_codes(twin) if c.co_name.startswith(" ")]
    twins = [c for c in _inner_codes(twin) if c not in added]
    # A lambda in a generator expression has its coroutine in the scope around.
    lambdas = lambdas | {c.co_name: c for outer in added for c in (outer, *_inner_codes(outer))}
    if [c.co_qualname for c in inner] != [c.co_qualname for c in twins]:
        return None
    for one, other in zip(inner, twins):
        if one.co_name == "<lambda>":
            other = lambdas.get(lambda_name(*list(one.co_positions())[-1]), other)
        matched = _match(one, other, lambdas)
        suspends = other.co_flags & (_COROUTINE | _STREAM) and not one.co_flags & (_COROUTINE | _STREAM)
        if matched and suspends and one.co_freevars == other.co_freevars:
            _register(one, matched.replace(co_name=one.co_name, co_qualname=one.co_qualname))
    replaced = iter(inner)
    constants = [
        next(replaced) if type(c) is types.CodeType and c not in added
        else _HELPERS.get(c, c) if type(c) is str else c
        for c in twin.co_consts
    ]
    return twin.replace(co_consts=tuple(constants))
