"""asyncio without a socket pair: a selector that waits on a lock, so that threads run while the loop has nothing to do.

A loop that nothing could ever wake raises the scheduler's `RuntimeError("deadlock: ...")`.
Must not replace more of asyncio than what touches sockets: loops, policies and runners stay the standard library's.
"""

import _threading_local
import selectors
import socket
import threading
from asyncio import base_events, events, runners, selector_events

from _proofhouse_readiness import readable, socket_of
from _proofhouse_scheduler import give_turn, suspend, turn, turn_over
from _proofhouse_twins import pair, register_module

_LOOP_FUNCTIONS = {"run_forever", "run_until_complete", "_run_once", "_do_shutdown"}
_RUNNER_FUNCTIONS = {"run", "close", "__enter__", "__exit__", "_cancel_all_tasks"}


class Wakeups(selectors._BaseSelectorImpl):
    """A selector that watches no files but the stand-ins for sockets: `select` ends when one of them is ready, when `wake`
    is called or the time is up."""

    def __init__(self):
        super().__init__()
        self._wakeup = threading._allocate_lock()
        self._wakeup.acquire()

    def select(self, timeout=None):
        found, wait = self._look(timeout)
        if wait is not None and wait <= 0:
            if turn_over():
                give_turn()
        else:
            self._wakeup.acquire(True, -1 if wait is None else wait)
            found, _ = self._look(0)
        return found

    async def _select(self, timeout=None):
        found, wait = self._look(timeout)
        if wait is not None and wait <= 0:
            if turn_over():
                await suspend(turn())
        else:
            await self._wakeup._acquire(True, -1 if wait is None else wait)
            found, _ = self._look(0)
        return found

    def _look(self, timeout):
        """What is ready, and how long to wait where nothing is. A socket can always be written to."""
        if not self._fd_to_key:
            return [], timeout
        keys = [(socket_of(key.fd), key) for key in self._fd_to_key.values()]
        readers = [one for one, key in keys if one is not None and key.events & selectors.EVENT_READ]
        ready, wait = readable(readers)
        found = []
        for one, key in keys:
            events = key.events & selectors.EVENT_WRITE | (one in ready and selectors.EVENT_READ)
            if events:
                found.append((key, events))
        limits = [limit for limit in (timeout, wait) if limit is not None]
        return found, 0 if found else min(limits, default=None)

    def wake(self):
        if self._wakeup.locked():
            self._wakeup.release()


pair(Wakeups.select, Wakeups._select)


def _make_self_pipe(loop):
    loop._ssock = loop._csock = None
    loop._internal_fds += 1


def _close_self_pipe(loop):
    loop._internal_fds -= 1


def _write_to_self(loop):
    loop._selector.wake()


async def _getaddrinfo(loop, host, port, *, family=0, type=0, proto=0, flags=0):
    # The host answers at once: no thread is needed.
    return socket.getaddrinfo(host, port, family, type, proto, flags)


def install():
    """Makes every event loop created from now on wait with `Wakeups`."""
    selectors.DefaultSelector = Wakeups
    loop = selector_events.BaseSelectorEventLoop
    loop._make_self_pipe = _make_self_pipe
    loop._close_self_pipe = _close_self_pipe
    loop._write_to_self = _write_to_self
    loop.getaddrinfo = _getaddrinfo
    # The policy keeps a loop for each thread in thread-local data: the native kind sees one thread.
    events._BaseDefaultEventLoopPolicy._Local = type("_Local", (_threading_local.local,), {"_loop": None})
    events._event_loop_policy = None
    register_module(base_events, _LOOP_FUNCTIONS)
    register_module(runners, _RUNNER_FUNCTIONS)
