"""Sockets without a network: a client's TCP socket in full, whose other end the host is.

Must not know of TLS or of event loops.
"""

import errno
import socket
import time
import weakref
from itertools import count

import _proofhouse_network as network

# Numbers that no file of the guest has.
_filenos = count(1 << 20)
open_sockets = weakref.WeakValueDictionary()
monotonic_ns, sleep = time.monotonic_ns, time.sleep


class Socket(socket.socket):
    """Stands in for `socket.socket`. The native object below it is never opened."""

    family = type = proto = timeout = _connection = None
    read_timed_out = "timed out"

    def __init__(self, family=-1, type=-1, proto=-1, fileno=None):
        if fileno is not None:
            raise OSError(errno.EBADF, "Bad file descriptor")
        self.family = socket.AF_INET if family == -1 else family
        self.type = socket.SOCK_STREAM if type == -1 else socket.SocketKind(type)
        self.proto = 0 if proto == -1 else proto
        if self.type != socket.SOCK_STREAM:
            raise _refused()
        self._io_refs, self._closed = 0, False
        self._options = {}
        self._deaf = self._mute = False
        self._fileno = next(_filenos)
        open_sockets[self._fileno] = self
        self.timeout = socket.getdefaulttimeout()

    def __del__(self):
        if self._connection is not None:
            self._real_close()

    # ---- Connecting and closing

    def connect(self, address):
        self._check_open()
        if self._connection is not None:
            raise OSError(errno.EISCONN, "Socket is already connected")
        self._connection = network.connect(address)

    def connect_ex(self, address):
        try:
            self.connect(address)
        except socket.gaierror:
            raise
        except OSError as error:
            return error.errno
        return 0

    def _real_close(self):
        connection, self._connection = self._connection, None
        open_sockets.pop(self._fileno, None)
        self._fileno = -1
        if connection is not None:
            connection.close()

    def detach(self):
        """Gives the connection up without closing it."""
        self._closed = True
        fileno, self._fileno = self._fileno, -1
        open_sockets.pop(fileno, None)
        self._connection = None
        return fileno

    def shutdown(self, how):
        self._connected()
        self._deaf |= how in (socket.SHUT_RD, socket.SHUT_RDWR)
        self._mute |= how in (socket.SHUT_WR, socket.SHUT_RDWR)

    def _check_open(self):
        if self._fileno < 0:
            raise OSError(errno.EBADF, "Bad file descriptor")

    def _connected(self):
        self._check_open()
        if self._connection is None:
            raise OSError(errno.ENOTCONN, "Socket is not connected")
        return self._connection

    # ---- Reading

    def look(self, now_ns):
        """How many nanoseconds to wait before a read may have something to say; 0 where it has."""
        return 0 if self._connection is None or self._deaf else self._connection.look(now_ns)

    def _would_block(self):
        return BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")

    def _wait(self):
        self._connected()
        now_ns = monotonic_ns()
        deadline = None if self.timeout is None else now_ns + round(self.timeout * 1e9)
        while wait_ns := self.look(now_ns):
            if self.timeout == 0:
                raise self._would_block()
            if deadline is not None:
                if now_ns >= deadline:
                    raise TimeoutError(self.read_timed_out)
                wait_ns = min(wait_ns, deadline - now_ns)
            sleep(wait_ns / 1e9)
            now_ns = monotonic_ns()

    def recv(self, bufsize, flags=0):
        if bufsize < 0:
            raise ValueError("negative buffersize in recv")
        self._wait()
        connection = self._connection
        if self._deaf or bufsize == 0:
            return b""
        if connection.reset:
            raise network.reset()
        taken = bytes(connection.received[:bufsize])
        if not flags & socket.MSG_PEEK:
            del connection.received[:bufsize]
        return taken

    def recv_into(self, buffer, nbytes=0, flags=0):
        view = memoryview(buffer).cast("B")
        taken = self.recv(nbytes or len(view), flags)
        view[: len(taken)] = taken
        return len(taken)

    def recvfrom(self, bufsize, flags=0):
        return self.recv(bufsize, flags), self._connected().place

    # ---- Writing

    def send(self, data, flags=0):
        connection = self._connected()
        if self._mute:
            raise BrokenPipeError(errno.EPIPE, "Broken pipe")
        chunk = bytes(memoryview(data).cast("B")[:network.SENT])
        connection.send(chunk)
        return len(chunk)

    def sendall(self, data, flags=0):
        left = memoryview(data).cast("B")
        while left:
            left = left[self.send(left) :]

    def sendmsg(self, buffers, *ancillary):
        return self.send(b"".join(buffers))

    # ---- What is asked of sockets besides

    def fileno(self):
        return self._fileno

    def settimeout(self, value):
        if value is not None and not value >= 0:
            raise ValueError("Timeout value out of range")
        self.timeout = None if value is None else float(value)

    def gettimeout(self):
        return self.timeout

    def setblocking(self, flag):
        self.timeout = None if flag else 0.0

    def getblocking(self):
        return self.timeout != 0

    def getpeername(self):
        return self._connected().place

    def getsockname(self):
        self._check_open()
        return ("0.0.0.0", 0) if self._connection is None else ("198.19.0.1", 32768 + self._fileno % 28232)

    def setsockopt(self, level, option, value, *length):
        self._options[level, option] = value

    def getsockopt(self, level, option, length=0):
        return self._options.get((level, option), 0)

    def get_inheritable(self):
        return False

    def set_inheritable(self, inheritable):
        pass

    def bind(self, address):
        """A client may choose where it calls from; it makes no difference."""
        self._check_open()

    def listen(self, *backlog):
        raise _refused()

    accept = dup = listen


def _refused():
    return PermissionError(errno.EACCES, "Permission denied")


def install():
    """Puts sockets where programs look. `time.sleep` is the scheduler's by then."""
    global sleep
    sleep = time.sleep
    Socket.__name__ = Socket.__qualname__ = "socket"
    Socket.__module__ = "socket"
    socket.socket = Socket
    network.install()
