"""The library functions through which programs reach the network, which wait inside frames that cannot be suspended.

What waits there holds up whatever is below it on the stack, such as the program that is starting more threads. So a thread
enters last: when it waits, all that can wait with it do so already, and their times overlap as they would natively.

Must not import packages: it takes those that are there.
"""

import http.client
import socket
import sys
import types
import urllib.request

from _proofhouse_scheduler import last, suspend
from _proofhouse_twins import precede

_METHODS = ("request", "get", "options", "head", "post", "put", "patch", "delete")
_PACKAGES = {
    "requests.api": _METHODS,
    "requests.sessions.Session": (*_METHODS, "send"),
    "urllib3": ("request",),
    "urllib3.PoolManager": ("request", "urlopen"),
    "urllib3.HTTPConnectionPool": ("request", "urlopen"),
    "httpx": _METHODS,
    "httpx.Client": (*_METHODS, "send"),
}


async def _enter(function, /, *args, **kwargs):
    await suspend(last())
    try:
        return function(*args, **kwargs)
    except BaseException as error:
        # This frame is no part of the program: a bare `raise` adds no entry to the traceback.
        error.__traceback__ = error.__traceback__.tb_next
        raise


def _mark(owner, names):
    for name in names:
        function = getattr(owner, name, None)
        if type(function) is types.FunctionType:
            precede(function, _enter)


def install():
    """Marks the standard library's."""
    _mark(socket, ["create_connection"])
    _mark(socket.socket, ["connect", "recv", "recv_into"])
    _mark(urllib.request, ["urlopen", "urlretrieve"])
    _mark(urllib.request.OpenerDirector, ["open"])
    _mark(http.client.HTTPConnection, ["connect", "request", "getresponse"])


def install_packages():
    """Marks those of the packages that have been imported."""
    for place, names in _PACKAGES.items():
        module, _, kind = place.rpartition(".")
        owner = sys.modules.get(place) or getattr(sys.modules.get(module), kind, None)
        if owner is not None:
            _mark(owner, names)
