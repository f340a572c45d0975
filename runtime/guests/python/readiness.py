"""`select.select` and `select.poll` for the sockets of `sockets`. Files are always ready, as they are for the native ones.

Must not know of event loops: their selector asks `readable` itself.
"""

import select

import _proofhouse_sockets as sockets

native_select, native_poll = select.select, select.poll
POLLIN, POLLOUT = select.POLLIN, select.POLLOUT


def socket_of(file):
    """The open socket that an object or a number stands for, if it is one of ours."""
    return sockets.open_sockets.get(file if type(file) is int else file.fileno())


def readable(watched):
    """Those that can be read, and seconds until another may be; None where there is no other."""
    now_ns = sockets.monotonic_ns()
    waits = [(one.look(now_ns), one) for one in watched]
    left = [wait_ns for wait_ns, _ in waits if wait_ns]
    return [one for wait_ns, one in waits if not wait_ns], min(left) / 1e9 if left else None


def _wait(watched, timeout):
    """The sockets that can be read: at once, or when the time is up."""
    deadline = None if timeout is None else sockets.monotonic_ns() + round(timeout * 1e9)
    while True:
        found, wait = readable(watched)
        left = None if deadline is None else (deadline - sockets.monotonic_ns()) / 1e9
        if found or left is not None and left <= 0:
            return found
        sockets.sleep(min(limit for limit in (wait, left, 86400.0) if limit is not None))


def select_(rlist, wlist, xlist, timeout=None):
    rlist, wlist, xlist = list(rlist), list(wlist), list(xlist)
    ours = {id(file): socket_of(file) for file in (*rlist, *wlist)}
    if not any(ours.values()):
        return native_select(rlist, wlist, xlist, timeout)
    others = [file for file in rlist if ours[id(file)] is None]
    found = _wait([ours[id(file)] for file in rlist if ours[id(file)]], 0 if others or wlist else timeout)
    return [file for file in rlist if ours[id(file)] is None or ours[id(file)] in found], wlist, []


class Poll:
    """Stands in for `select.poll`."""

    def __init__(self):
        self._masks = {}

    def register(self, fd, eventmask=POLLIN | select.POLLPRI | POLLOUT):
        self._masks[fd if type(fd) is int else fd.fileno()] = eventmask

    def modify(self, fd, eventmask):
        number = fd if type(fd) is int else fd.fileno()
        if number not in self._masks:
            raise FileNotFoundError(2, "No such file or directory")
        self._masks[number] = eventmask

    def unregister(self, fd):
        del self._masks[fd if type(fd) is int else fd.fileno()]

    def poll(self, timeout=None):
        ours = {number: one for number in self._masks if (one := socket_of(number))}
        others = native_poll()
        for number, mask in self._masks.items():
            if number not in ours:
                others.register(number, mask)
        if not ours:
            return others.poll(timeout)
        ready = others.poll(0) if len(ours) < len(self._masks) else []
        at_once = ready or any(self._masks[number] & POLLOUT for number in ours)
        seconds = None if timeout is None or timeout < 0 else timeout / 1e3
        found = _wait([one for number, one in ours.items() if self._masks[number] & POLLIN], 0 if at_once else seconds)
        for number, one in ours.items():
            event = POLLIN * (one in found) | self._masks[number] & POLLOUT
            if event:
                ready.append((number, event))
        return ready


def install():
    """Puts both in place of the native ones."""
    select_.__name__ = select_.__qualname__ = "select"
    select.select, select.poll = select_, Poll
