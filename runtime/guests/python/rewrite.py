"""Rewrites a program's syntax tree so that its plain functions become coroutines with a suspension at every call.

`f(x)` becomes `await settle(pick(f)(x))`, `with` and `for x in f()` become their `async` forms, and a lambda gets an
`async def` beside the statement it stands in. The five helpers are constants whose text starts with a null byte; the
compiler's caller puts the functions in their place. Every new node takes the position of the one it stands for.

A call that provably cannot wait is left alone, and a function that has no other calls is left plain: a builtin, a
method that only plain containers and strings have, a function of a standard module that has nothing to do with
threads, or a function of the program itself that is such a function. A name bound in any other way may be anything.

Must not import what it rewrites, and must not decide what happens at a suspension.
"""

import ast
import builtins
import copy
import queue
import sys
import threading
from collections import deque
from concurrent import futures

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.GeneratorExp)


def _public(*kinds):
    return {name for kind in kinds for name in dir(kind) if not name.startswith("_")}


_WAITING_METHODS = _public(
    threading.Thread, threading.Condition, threading.Event, threading.Semaphore, threading.Barrier,
    queue.Queue, futures.Future, futures.ThreadPoolExecutor,
) | {"acquire", "release", "sleep", "select"}
_SAFE_METHODS = _public(list, dict, set, str, bytes, int, float, tuple, deque) - _WAITING_METHODS
_WAITING_MODULES = {
    "_thread", "asyncio", "concurrent", "http", "multiprocessing", "queue", "runpy", "sched", "select", "selectors",
    "socket", "threading", "timeit", "unittest", "urllib",
}
_KEEPS_FUNCTION = {"staticmethod", "classmethod", "property"}


def lambda_name(line, end_line, column, end_column):
    """Names the coroutine made for the lambda whose body has this position."""
    return f" lambda {line}:{end_line}:{column}:{end_column}"


def rewrite(tree):
    """Returns the tree with coroutines for functions. Uses `tree` up."""
    return ast.fix_missing_locations(_Rewriter(_Calls(tree)).visit(tree))


def _own_nodes(function):
    pending = list(function.body) if isinstance(function.body, list) else [function.body]
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, _SCOPES):
            pending.extend(ast.iter_child_nodes(node))


class _Calls:
    """What a program's names are bound to, and so which of its calls may wait."""

    def __init__(self, tree):
        self._bound = {}
        self._modules = {}
        self._waiting_nodes = {}
        functions = []
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                functions.append(node)
                keeps = all(isinstance(d, ast.Name) and d.id in _KEEPS_FUNCTION for d in node.decorator_list)
                self._bind(node.name, "function" if keeps else "other")
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    name = alias.asname or alias.name.partition(".")[0]
                    self._bind(name, "module")
                    self._modules[name] = alias.name.partition(".")[0]
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    waits = node.level or _import_may_wait(node.module.partition(".")[0], alias.name)
                    self._bind(alias.asname or alias.name, "other" if waits else "safe")
            elif isinstance(node, (ast.ClassDef, ast.AsyncFunctionDef, ast.ExceptHandler, ast.MatchAs, ast.MatchStar)):
                self._bind(node.name, "other")
            elif isinstance(node, ast.arg):
                self._bind(node.arg, "other")
            elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
                self._bind(node.id, "other")
            elif isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
                self._bind(node.attr, "other")
        self._quiet = {name for name, kinds in self._bound.items() if kinds == {"function"}} - _WAITING_METHODS
        while loud := {f.name for f in functions if f.name in self._quiet and self.may_wait(f)}:
            self._quiet -= loud

    def _bind(self, name, kind):
        self._bound.setdefault(name, set()).add(kind)

    def may_wait(self, function):
        """Whether a suspension may be wanted inside a function, generator function or lambda."""
        nodes = self._waiting_nodes.get(function)
        if nodes is None:
            nodes = [node for node in _own_nodes(function) if isinstance(node, (ast.With, ast.Call))]
            self._waiting_nodes[function] = nodes
        return any(isinstance(node, ast.With) or self.call_may_wait(node) for node in nodes)

    def call_may_wait(self, call):
        function = call.func
        if isinstance(function, ast.Name):
            if function.id in self._bound:
                return self._bound[function.id] != {"safe"} and function.id not in self._quiet
            return not hasattr(builtins, function.id) or function.id == "iter" and len(call.args) == 2
        if not isinstance(function, ast.Attribute):
            return True
        name, owner = function.attr, function.value
        if isinstance(owner, ast.Name) and self._bound.get(owner.id) == {"module"}:
            return _import_may_wait(self._modules[owner.id], name)
        if name in self._bound:
            return name not in self._quiet
        return name not in _SAFE_METHODS


def _import_may_wait(module, name):
    if module == "time":
        return name == "sleep"
    return module not in sys.stdlib_module_names or module in _WAITING_MODULES


class _Rewriter(ast.NodeTransformer):
    def __init__(self, calls):
        self._calls = calls
        self._suspends = False
        self._lambdas = []
        self._targets = set()

    def visit(self, node):
        if not isinstance(node, ast.stmt):
            return super().visit(node)
        outer, self._lambdas = self._lambdas, []
        rewritten = super().visit(node)
        before, self._lambdas = self._lambdas, outer
        return [*before, rewritten]

    def _body(self, statements, suspends):
        outer, self._suspends = self._suspends, suspends
        body = [rewritten for statement in statements for rewritten in self.visit(statement)]
        self._suspends = outer
        return body

    def visit_Module(self, node):
        node.body = self._body(node.body, False)
        return node

    # Decorators, default values and bases belong to the scope around: they stay plain, and so unvisited.
    def visit_ClassDef(self, node):
        node.body = self._body(node.body, False)
        return node

    visit_AsyncFunctionDef = visit_ClassDef

    def visit_FunctionDef(self, node):
        suspends = self._calls.may_wait(node) and _can_be_coroutine(node)
        node.body = self._body(node.body, suspends)
        if not suspends:
            return node
        fields = {name: getattr(node, name) for name in node._fields}
        return ast.copy_location(ast.AsyncFunctionDef(**fields), node)

    def visit_Lambda(self, node):
        if self._calls.may_wait(node):
            outer = self._suspends, self._lambdas, self._targets
            self._suspends, self._lambdas, self._targets = True, [], set()
            value = self.visit(copy.deepcopy(node.body))
            body = [*self._lambdas, ast.Return(value)]
            self._suspends, self._lambdas, self._targets = outer
            # The default values come from the function object: here they would be evaluated twice.
            arguments = copy.deepcopy(node.args)
            arguments.defaults = []
            arguments.kw_defaults = [None] * len(arguments.kwonlyargs)
            at = node.body
            name = lambda_name(at.lineno, at.end_lineno, at.col_offset, at.end_col_offset)
            made = ast.copy_location(ast.AsyncFunctionDef(name, arguments, body, [], None, None, []), node)
            if self._targets:
                # The variables of a comprehension are not the statement's: stand in for the scope they are in.
                parameters = [ast.arg(target) for target in sorted(self._targets)]
                scope = ast.arguments([], parameters, None, [], [], None, [])
                made = ast.copy_location(ast.FunctionDef(" scope", scope, [made], [], None, None, []), node)
            self._lambdas.append(made)
        return node

    def visit_ListComp(self, node):
        outer = self._targets, self._suspends
        names = {name.id for inner in node.generators for name in ast.walk(inner.target) if isinstance(name, ast.Name)}
        self._targets = self._targets | names
        self._suspends = self._suspends and not isinstance(node, ast.GeneratorExp)
        self.generic_visit(node)
        self._targets, self._suspends = outer
        return node

    visit_SetComp = visit_DictComp = visit_GeneratorExp = visit_ListComp

    def visit_TypeAlias(self, node):
        return node

    def visit_AnnAssign(self, node):
        node.target = self.visit(node.target)
        node.value = node.value and self.visit(node.value)
        return node

    def visit_Call(self, node):
        return self._call(node, "pick")

    def _call(self, node, picker):
        waits = self._suspends and self._calls.call_may_wait(node)
        function = node.func
        self.generic_visit(node)
        if not waits:
            return node
        if isinstance(function, ast.Attribute) and function.lineno != function.end_lineno:
            # CPython reports a call in a chain over several lines at the method's name.
            node.lineno = function.end_lineno
            node.col_offset = function.end_col_offset - len(function.attr.encode())
        node.func = _helped(picker, node.func)
        return ast.copy_location(ast.Await(_helped("settle", node)), node)

    def visit_With(self, node):
        self.generic_visit(node)
        if not self._suspends:
            return node
        for item in node.items:
            item.context_expr = _helped("managed", item.context_expr)
        return ast.copy_location(ast.AsyncWith(node.items, node.body), node)

    def visit_For(self, node):
        if not (self._suspends and isinstance(node.iter, ast.Call) and self._calls.call_may_wait(node.iter)):
            return self.generic_visit(node)
        iterable = self._call(node.iter, "iterate")
        target = self.visit(node.target)
        body, orelse = self._body(node.body, True), self._body(node.orelse, True)
        return ast.copy_location(ast.AsyncFor(target, _helped("steps", iterable), body, orelse), node)

    def visit_Expr(self, node):
        if not (self._suspends and isinstance(node.value, ast.YieldFrom)):
            return self.generic_visit(node)
        value = node.value.value
        iterable = self._call(value, "iterate") if isinstance(value, ast.Call) else self.visit(value)
        item = ast.Name(" item", ast.Store())
        given = ast.Expr(ast.Yield(ast.Name(" item", ast.Load())))
        loop = ast.AsyncFor(item, _helped("steps", iterable), [given], [])
        for made in ast.walk(given):
            ast.copy_location(made, node)
        ast.copy_location(item, node)
        return ast.copy_location(loop, node)


def _helped(helper, argument):
    name = ast.copy_location(ast.Constant("\0" + helper), argument)
    return ast.copy_location(ast.Call(name, [argument], []), argument)


def _can_be_coroutine(function):
    own = list(_own_nodes(function))
    # A coroutine can't let a StopIteration out.
    if any(isinstance(node, ast.Raise) and "StopIteration" in ast.dump(node) for node in own):
        return False
    delegated = [node for node in own if isinstance(node, ast.YieldFrom)]
    statements = [node.value for node in own if isinstance(node, ast.Expr)]
    if not delegated and not any(isinstance(node, ast.Yield) for node in own):
        return True
    returns = any(isinstance(node, ast.Return) and node.value is not None for node in own)
    return not returns and all(any(node is value for value in statements) for node in delegated)
