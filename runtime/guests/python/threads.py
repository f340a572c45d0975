"""Threads for programs in a guest that has none: puts cooperative primitives under the standard library.

There is one primitive to wait on, `Lock`, and one to wait for the clock, `sleep`; `Handle` is what `threading.Thread`
knows of a running thread. `threading`, `queue`, `concurrent.futures` and asyncio's loop stay the standard library's
own Python code on top of them, with twins so that a thread can be suspended inside it. A lock goes straight to the
thread that has waited longest when it is released.

A thread starts at once and runs until it waits, as short threads do natively. What waits in a frame without a twin
(see `_proofhouse_twins`) runs the others on top of itself, and fails with a clear error if only the frames below
could help. What polls without waiting gives up its turn now and then, if it polls through a lock, `is_set`,
`is_alive`, `done` or `sleep(0)`; a loop that only reads a variable another thread should change runs for ever.
Processes don't exist, and there is no preemption: a race that needs a switch between two bytecodes never shows.

The driver loads `network`, `sockets`, `readiness`, `rewrite`, `twins`, `scheduler`, `processes`, `event_loop` and this
file in this order, as modules with `_proofhouse_` before the name.
"""

import ast
import functools
import queue
import threading
import time
from collections import deque

import _thread
import _threading_local
from concurrent.futures import _base, thread as pool_thread

import _proofhouse_event_loop as event_loop
import _proofhouse_processes as processes
import _proofhouse_readiness as readiness
import _proofhouse_scheduler as scheduler
import _proofhouse_sockets as sockets
from _proofhouse_scheduler import Wait, block, give_turn, move_clock, polled, suspend, turn
from _proofhouse_scheduler import turn_over, wake, wake_after
from _proofhouse_twins import pair, register_module, register_program


class Lock:
    """Stands in for `_thread.lock`."""

    __slots__ = ("_held", "_waits", "__weakref__")

    def __init__(self):
        self._held = False
        self._waits = deque()

    def acquire(self, blocking=True, timeout=-1):
        if polled():
            give_turn()
        result = self._ask(blocking, timeout)
        return result if type(result) is bool else block(result)

    async def _acquire(self, blocking=True, timeout=-1):
        if polled():
            await suspend(turn())
        result = self._ask(blocking, timeout)
        return result if type(result) is bool else await suspend(result)

    def _ask(self, blocking, timeout):
        if not blocking and timeout != -1:
            raise ValueError("can't specify a timeout for a non-blocking call")
        if timeout < 0 and timeout != -1:
            raise ValueError("timeout value must be a non-negative number")
        if not self._held:
            self._held = True
            return True
        if not blocking or timeout == 0:
            return False
        wait = Wait()
        self._waits.append(wait)
        if timeout != -1:
            wake_after(wait, timeout)
        return wait

    def release(self):
        if not self._held:
            raise RuntimeError("release unlocked lock")
        while self._waits:
            wait = self._waits.popleft()
            if not wait.done:
                wake(wait, True)
                return
        self._held = False

    def locked(self):
        return self._held

    def __enter__(self):
        return self.acquire()

    async def _enter(self):
        return await self._acquire()

    def __exit__(self, *error):
        self.release()

    def __repr__(self):
        return f"<{'locked' if self._held else 'unlocked'} _thread.lock object at {id(self):#x}>"

    def __reduce__(self):
        raise TypeError("cannot pickle '_thread.lock' object")

    def _at_fork_reinit(self):
        self.__init__()


pair(Lock.acquire, Lock._acquire)
pair(Lock.__enter__, Lock._enter)


def sleep(seconds, /):
    if not scheduler.threads or not _is_duration(seconds):
        return move_clock(seconds)
    if seconds or turn_over():
        block(_sleeping(seconds))


async def _sleep(seconds, /):
    if not _is_duration(seconds):
        return move_clock(seconds)
    if seconds or turn_over():
        await suspend(_sleeping(seconds))


pair(sleep, _sleep)


def _is_duration(seconds):
    # Anything else is the real function's to refuse or convert.
    return type(seconds) in (int, float) and 0 <= seconds < 1e9


def _sleeping(seconds):
    if seconds == 0:
        return turn()
    wait = Wait()
    wake_after(wait, seconds)
    return wait


class Handle:
    """Stands in for `_thread._ThreadHandle`."""

    def __init__(self):
        self.ident = 0
        self._done = False
        self._running = Lock()
        self._running.acquire()

    def is_done(self):
        if polled():
            give_turn()
        return self._done

    async def _is_done(self):
        if polled():
            await suspend(turn())
        return self._done

    def join(self, timeout=None):
        if not self._done and self._running.acquire(True, -1 if timeout is None else timeout):
            self._running.release()

    async def _join(self, timeout=None):
        if not self._done and await self._running._acquire(True, -1 if timeout is None else timeout):
            self._running.release()

    def _set_done(self):
        if not self._done:
            self._done = True
            self._running.release()


pair(Handle.join, Handle._join)
pair(Handle.is_done, Handle._is_done)


def _is_set(self):
    if polled():
        give_turn()
    return self._flag


async def _is_set_suspendable(self):
    if polled():
        await suspend(turn())
    return self._flag


def install():
    """Prepares the standard library. Called once, before the snapshot and before any thread.

    What programs without threads use often (locks, queues' locks, thread-local data) stays native until
    `compile_program` meets a program that mentions threads.
    """
    Lock.__module__, Lock.__name__, Lock.__qualname__ = "_thread", "lock", "lock"
    scheduler.main.handle = Handle()
    scheduler.main.handle.ident = threading.main_thread().ident
    time.sleep = sleep
    for module in (_thread, threading):
        module.get_ident = scheduler.get_ident
        module.stack_size = _stack_size
    _thread.start_new_thread = _start_new_thread
    threading._allocate_lock = Lock
    threading._ThreadHandle = Handle
    threading._start_joinable_thread = _start_joinable_thread
    threading._thread_shutdown = _join_threads
    threading._set_name = None
    threading.main_thread()._os_thread_handle = scheduler.main.handle
    pool_thread._global_shutdown_lock = Lock()
    for module in (threading, queue, _base, pool_thread):
        register_module(module)
    pair(_is_set, _is_set_suspendable)
    event_loop.install()
    processes.install()
    sockets.install()
    readiness.install()


def prepare_for(code):
    """For compiled tests, which have no twins: what they wait for is waited for on the stack."""
    if any(word.encode() in code for word in _MENTIONS):
        _replace_native_parts()


def _replace_native_parts():
    _thread.allocate_lock = _thread.lock = _thread.LockType = threading.Lock = Lock
    _thread._local = threading.local = _threading_local.local
    threading._CRLock = None
    threading.Event.is_set = _is_set
    queue.SimpleQueue = queue._PySimpleQueue
    queue.SimpleQueue.__name__ = queue.SimpleQueue.__qualname__ = "SimpleQueue"


def _stack_size(size=0, /):
    """Accepts any size: recursion is bounded by the recursion limit alone."""
    return 0


def _start_joinable_thread(function, *, handle=None, daemon=True):
    return scheduler.start(function, handle or Handle(), daemon)


def _start_new_thread(function, args, kwargs={}, /):
    return scheduler.start(functools.partial(function, *args, **kwargs), Handle(), True).ident


# A program that starts threads names one of these, or runs plainly.
_MENTIONS = ("thread", "Thread", "concurrent", "executor")


def compile_program(source, filename, dont_inherit=True):
    """Compiles a program as `compile` does, with twins for its functions if it mentions threads.

    Errors and warnings are Python's own; a program that cannot be rewritten has no twins.
    """
    code = compile(source, filename, "exec", 0, dont_inherit)
    scheduler.program_files.add(filename)
    text = source if isinstance(source, str) else bytes(source).decode("utf-8", "replace")
    if any(word in text for word in _MENTIONS):
        _replace_native_parts()
        try:
            register_program(ast.parse(source, filename), code, filename)
        except Exception:
            # Without twins the program still runs: what it waits for is waited for on the stack.
            pass
    return code


def shutdown():
    """Ends the program as Python does: waits for the threads that are not daemons, and abandons the others.

    Raises `RuntimeError` when they cannot end, or when a thread died because it could not be suspended.
    """
    if scheduler.threads:
        threading._shutdown()
    if scheduler.deadlocks:
        raise RuntimeError(scheduler.deadlocks[0])


def _join_threads():
    while waiting := [thread for thread in scheduler.threads.values() if not thread.daemon]:
        waiting[0].handle.join()
