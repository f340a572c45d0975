"""The servers that the host scripts, by messages: names, connections, and what has come over them.

`exchange` calls the host. Nothing waits here: the host says how long there will be nothing, and whoever called
waits that long on the scheduler's clock, so that other threads and coroutines go on meanwhile. The messages, numbers in
them being little-endian, ids `u32` and ports `u16`:

    n port host    look a name up, for a port or for 0           -> k | d
    c port host    connect                                       -> c id | r | d
    s id bytes     send                                          -> k | e
    r id max:u32   receive so many bytes at most                 -> b bytes | f | w ns:u64 | e
    q id           close                                         -> k

    k  it is done           b  bytes, one at least       w  nothing yet: ask again after so long
    d  no such name         f  the server has closed     ?  no message of ours
    r  refused              e  the connection was reset

An empty answer means that there is no network. Must not know of HTTP, nor of TLS, which is a few bytes to a server.
"""

import errno
import socket
import struct
from itertools import count

# Bytes of one message: a server takes no larger request.
SENT = 1 << 20
RECEIVED = 1 << 16
# Names were looked up before anybody connects to their addresses, which are those of RFC 2544: they lead nowhere.
_addresses = {"localhost": "127.0.0.1"}
_names = {"127.0.0.1": "127.0.0.1"}
_made_up = (f"198.18.{number >> 8 & 255}.{number & 255}" for number in count(1))


def exchange(message):
    """Stands for the host's function until that is put in its place."""
    return b""


def _ask(operation, *fields):
    reply = exchange(operation + b"".join(fields))
    if not reply:
        raise OSError(errno.ENETUNREACH, "Network is unreachable")
    return reply[:1], reply[1:]


def _port(number):
    return struct.pack("<H", number)


# ---- Names


def look_up(host, port=0):
    """The address of a host, which is made up unless it is one already."""
    if host is None or host == "":
        host = "localhost"
    name = host.decode("ascii") if isinstance(host, (bytes, bytearray)) else host.encode("idna").decode("ascii")
    if _is_address(name):
        return name
    name = name.rstrip(".").lower()
    try:
        kind, _ = _ask(b"n", _port(port), name.encode())
    except OSError:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution") from None
    if kind != b"k":
        raise unknown_name()
    address = _addresses.get(name)
    if address is None:
        address = _addresses[name] = next(_made_up)
    _names[address] = name
    return address


def _is_address(text):
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, text)
        except OSError:
            continue
        return True
    return False


def unknown_name():
    return socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def install():
    """Answers questions about names in place of the native functions."""
    socket.getaddrinfo, socket.gethostbyname, socket.gethostbyname_ex = getaddrinfo, gethostbyname, gethostbyname_ex


def getaddrinfo(host, port, family=0, type=0, proto=0, flags=0):
    if isinstance(port, (str, bytes)) and port not in ("", b""):
        text = port if isinstance(port, str) else port.decode()
        port = {"http": 80, "https": 443}.get(text) or (int(text) if text.isdecimal() else None)
        if port is None:
            raise socket.gaierror(socket.EAI_SERVICE, "Servname not supported for ai_socktype")
    port = port or 0
    address = look_up(host, port & 0xFFFF)
    found = socket.AF_INET6 if ":" in address else socket.AF_INET
    if family not in (0, found):
        raise socket.gaierror(socket.EAI_FAMILY, "ai_family not supported")
    place = (address, port) if found == socket.AF_INET else (address, port, 0, 0)
    return [(found, socket.SocketKind(type or socket.SOCK_STREAM), proto or socket.IPPROTO_TCP, "", place)]


def gethostbyname(host):
    return look_up(host)


def gethostbyname_ex(host):
    return host, [], [look_up(host)]


# ---- Connections


def connect(address):
    """A connection to a host and a port."""
    host, port = address[:2]
    if not 0 <= port <= 65535:
        raise OverflowError("connect(): port must be 0-65535.")
    ip = look_up(host, port)
    kind, number = _ask(b"c", _port(port), _names.get(ip, ip).encode())
    if kind == b"d":
        raise unknown_name()
    if kind != b"c":
        raise ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")
    return Connection(number, (ip, *address[1:]))


class Connection:
    """What the host calls by an id, with bytes that have come and were not read."""

    def __init__(self, number, place):
        self.id = number
        self.place = place
        self.received = bytearray()
        self.ended = self.reset = False
        self._nothing_until = 0

    def look(self, now_ns):
        """How many nanoseconds to wait before there may be something to read; 0 where there is, or an end."""
        if self.received or self.ended or self.reset:
            return 0
        if now_ns < self._nothing_until:
            return self._nothing_until - now_ns
        kind, rest = _ask(b"r", self.id, struct.pack("<I", RECEIVED))
        if kind == b"w":
            (wait_ns,) = struct.unpack("<Q", rest)
            self._nothing_until = now_ns + wait_ns
            return wait_ns
        if kind == b"b":
            self.received += rest
        self.ended, self.reset = kind == b"f", kind not in (b"b", b"f")
        return 0

    def send(self, chunk):
        self._nothing_until = 0
        kind, _ = _ask(b"s", self.id, chunk)
        if kind != b"k":
            self.reset = True
            raise reset()

    def close(self):
        exchange(b"q" + self.id)


def reset():
    return ConnectionResetError(errno.ECONNRESET, "Connection reset by peer")
