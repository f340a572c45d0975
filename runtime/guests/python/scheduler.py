"""Cooperative threads: who runs, who waits for what, and the virtual time of those who sleep.

One thread runs at a time, until it waits or ends; those that can go on take turns, first come, first served. A
thread is a coroutine, driven from whichever stack waits: the main program, which cannot be suspended, runs the others
when it waits, and so does a thread that waits inside a frame without a twin. Such waits nest: an outer one can only
return when the inner ones have. When nobody can go on, the earliest timer moves the clock, and without a timer the
innermost wait raises `RuntimeError("deadlock: ...")`.

Nothing here reads a clock: order depends on the program alone. What a wait is for (a lock, some time) is its maker's
affair.
"""

import _asyncio
import heapq
import sys
import threading
import time
import types
from collections import deque
from itertools import count

from _proofhouse_twins import pick, settle

# A program that only polls (`while not done.is_set(): pass`) must let others run. A thread's turn ends after so many
# polls in a row; with nobody else to run it costs a millisecond, as about as many polls do in a native interpreter.
_POLLS_PER_TURN = 200
_TURN_NS = 1_000_000
# Requests that are sent one after the other and answered after the same time come back as far apart as it takes to make
# one, which is about 10 ms of fuel.
_TOGETHER_NS = 20_000_000
# Turns given up inside frames that cannot be suspended nest on the stack.
_DEEPEST_TURN = 20

move_clock = time.sleep


class Thread:
    """A cooperative thread: `coroutine` is None for the main program, and `handle` is done when it has ended."""

    def __init__(self, coroutine, handle, daemon):
        self.coroutine = coroutine
        self.handle = handle
        self.daemon = daemon
        self.loop = None


class Wait:
    """What a thread waits for: `wake` gives it its result. `plain` when the stack, not a coroutine, is waiting."""

    __slots__ = ("thread", "done", "result", "plain")

    def __init__(self):
        self.thread = _current
        self.done = False
        self.result = None
        self.plain = False


_ready = deque()
# Threads that let all others go first.
_last = deque()
_timers = []
_timer_order = count()
_now_ns = 0
_polls = 0
_identities = count(2)
_nested = []
# Running or suspended threads by identity. It also keeps abandoned ones from being collected, which would run their
# `finally` blocks.
threads = {}
# What could not go on in a thread: its error may have gone unseen.
deadlocks = []
# The files whose lines mean something to the reader of an error.
program_files = set()


def get_ident():
    """Returns the identity of the running thread."""
    return _current.handle.ident


def wake(wait, result):
    """Ends a wait, if nothing has ended it before."""
    if not wait.done:
        wait.done = True
        wait.result = result
        if not wait.plain:
            _ready.append(wait)


def wake_after(wait, seconds):
    """Ends a wait with the result False when the time is up."""
    heapq.heappush(_timers, (_now_ns + round(seconds * 1e9), next(_timer_order), wait))


def _pass_time(most_ns=float("inf")):
    """Moves the clock to the next timer and wakes its thread. Returns whether there was one."""
    global _now_ns
    while _timers and _timers[0][0] - _now_ns <= most_ns:
        at_ns, _, wait = heapq.heappop(_timers)
        if not wait.done:
            if at_ns > _now_ns:
                move_clock((at_ns - _now_ns) / 1e9)
                _now_ns = at_ns
            wake(wait, False)
            return True
    return False


def turn():
    """Returns a wait that ends when every thread that can go on has had its turn."""
    global _now_ns
    if not _ready and any(not wait.done for _, _, wait in _timers):
        move_clock(_TURN_NS / 1e9)
        _now_ns += _TURN_NS
        while _timers and _timers[0][0] <= _now_ns:
            wake(heapq.heappop(_timers)[2], False)
    wait = Wait()
    _ready.append(wait)
    return wait


def polled():
    """Counts a look at shared state that did not wait. Returns whether the turn is over."""
    global _polls
    if not threads:
        return False
    _polls += 1
    if _polls < _POLLS_PER_TURN or len(_nested) > _DEEPEST_TURN:
        return False
    _polls = 0
    return True


def turn_over():
    """Counts a poll that others should see the end of at once. Returns whether to give the turn up."""
    return bool(_ready) or any(wait.done for wait, _ in _nested) or polled()


def give_turn():
    """Lets the other threads run until each of them waits."""
    block(turn())


def last():
    """Returns a wait that ends when nobody else can go on."""
    wait = Wait()
    _last.append(wait)
    return wait


@types.coroutine
def suspend(wait):
    """Suspends the running thread until `wait` is done, and returns its result."""
    yield
    return wait.result


def block(wait):
    """Runs the other threads on this stack until `wait` is done."""
    wait.plain = True
    _nested.append((wait, sys._getframe(1)))
    try:
        while not wait.done:
            # Who goes on last would hold up those whose time is about to come.
            if not _ready and _last and _pass_time(_TOGETHER_NS):
                continue
            if _ready or _last:
                following = (_ready or _last).popleft()
                following.done = True
                if not following.plain:
                    _step(following.thread)
            elif not _pass_time():
                raise RuntimeError(_deadlock())
    finally:
        # A wait given up with an error must not be handed a lock later.
        wait.done = True
        _nested.pop()
    return wait.result


def _step(thread):
    global _current, _polls
    outer, _current, _polls = _current, thread, 0
    _leave_loop(outer)
    _enter_loop(thread)
    try:
        thread.coroutine.send(None)
    except StopIteration:
        _end(thread)
    except BaseException as error:
        _end(thread)
        if not isinstance(error, SystemExit):
            sys.excepthook(type(error), error, error.__traceback__)
    finally:
        _leave_loop(thread)
        _enter_loop(outer)
        _current, _polls = outer, 0


def _leave_loop(thread):
    # asyncio keeps what it runs, and its hooks, with the one native thread.
    loop = _asyncio._get_running_loop()
    if loop is not None:
        thread.loop = loop, _asyncio._swap_current_task(loop, None), sys.get_asyncgen_hooks()
        _asyncio._set_running_loop(None)
        sys.set_asyncgen_hooks(None, None)


def _enter_loop(thread):
    if thread.loop is not None:
        loop, task, hooks = thread.loop
        thread.loop = None
        _asyncio._set_running_loop(loop)
        _asyncio._swap_current_task(loop, task)
        sys.set_asyncgen_hooks(*hooks)


def _end(thread):
    del threads[thread.handle.ident]
    thread.handle._set_done()


async def _run(function):
    await settle(pick(function)())


def start(function, handle, daemon):
    """Makes a new thread that calls `function`. It runs when the thread that called this waits."""
    handle.ident = next(_identities)
    thread = Thread(_run(function), handle, daemon)
    threads[handle.ident] = thread
    wait = Wait()
    wait.thread = thread
    _ready.append(wait)
    return handle


def _deadlock():
    suspended = [thread for thread in threads.values() if all(wait.thread is not thread for wait, _ in _nested)]
    stuck = [f"{_name(w.thread)} waits in {_place(_outwards(frame))}" for w, frame in reversed(_nested) if not w.done]
    stuck += [f"{_name(thread)} waits in {_place(_suspended_frames(thread))}" for thread in suspended]
    message = "deadlock: no thread can go on: " + "; ".join(stuck)
    ready = [_name(wait.thread) for wait, _ in _nested if wait.done]
    if ready:
        message += f"; {ready[-1]} could, but the first of these waits inside a call that cannot be suspended"
    if _current.coroutine is not None:
        deadlocks.append(message)
    return message


def _name(thread):
    known = threading._active.get(thread.handle.ident)
    return known.name if known else f"thread {thread.handle.ident}"


def _place(frames):
    called = "?"
    for frame in frames:
        if frame.f_code.co_filename in program_files:
            return f"{called} at line {frame.f_lineno}"
        if frame.f_globals.get("__name__") != pick.__module__:
            called = frame.f_code.co_qualname
    return called


def _outwards(frame):
    while frame is not None and frame.f_code is not _step.__code__:
        yield frame
        frame = frame.f_back


def _suspended_frames(thread):
    frames, awaited = [], thread.coroutine
    while awaited is not None:
        frame = getattr(awaited, "cr_frame", None) or getattr(awaited, "gi_frame", None)
        if frame is None:
            break
        frames.append(frame)
        awaited = getattr(awaited, "cr_await", None) or frame.f_locals.get("coroutine")
    return reversed(frames)


_current = main = Thread(None, None, False)
