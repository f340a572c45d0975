"""The module `ssl` of a guest that has no OpenSSL: every handshake succeeds with a server that speaks TLS, and what is sent
is sent as it is.

A connection begins with HELLO from both sides; the host's servers know by it that they are called by `https`. Certificates
always fit: what a client sets in its context is kept, and has no effect but for what the settings forbid each other.
"""

import os
import sys
from collections import namedtuple
from enum import Enum
from importlib.machinery import ModuleSpec

from _proofhouse_sockets import Socket
from _proofhouse_tls_names import *
from _proofhouse_tls_names import SSLMethod as _SSLMethod

# What a program sees of this module.
__name__ = "ssl"

HELLO = b"\x16\x03\x01\x00\x00"

OPENSSL_VERSION = "OpenSSL 3.0.0 (stand-in)"
OPENSSL_VERSION_INFO = (3, 0, 0, 0, 0)
OPENSSL_VERSION_NUMBER = 0x30000000
HAS_SNI = HAS_ALPN = HAS_ECDH = HAS_TLSv1_2 = HAS_TLSv1_3 = HAS_NEVER_CHECK_COMMON_NAME = True
HAS_NPN = HAS_SSLv2 = HAS_SSLv3 = HAS_TLSv1 = HAS_TLSv1_1 = HAS_PSK = False
CHANNEL_BINDING_TYPES = ["tls-unique"]

_Identified = namedtuple("_ASN1Object", "nid shortname longname oid")


class Purpose(_Identified, Enum):
    SERVER_AUTH = 129, "serverAuth", "TLS Web Server Authentication", "1.3.6.1.5.5.7.3.1"
    CLIENT_AUTH = 130, "clientAuth", "TLS Web Client Authentication", "1.3.6.1.5.5.7.3.2"


DefaultVerifyPaths = namedtuple(
    "DefaultVerifyPaths", "cafile capath openssl_cafile_env openssl_cafile openssl_capath_env openssl_capath"
)


# ---- The handshake


def _failed(kind, number, reason, text):
    error = kind(number, f"[SSL: {reason}] {text}")
    error.library, error.reason = "SSL", reason
    return error


def _want_read():
    return SSLWantReadError(SSL_ERROR_WANT_READ, "The operation did not complete (read)")


def _is_hello(answer):
    """Whether the server's side of the handshake is there; raises where it is another thing."""
    if not HELLO.startswith(answer[: len(HELLO)]):
        raise _failed(SSLError, SSL_ERROR_SSL, "WRONG_VERSION_NUMBER", "wrong version number")
    return len(answer) >= len(HELLO)


def _ended_early():
    return _failed(SSLEOFError, SSL_ERROR_EOF, "UNEXPECTED_EOF_WHILE_READING", "EOF occurred in violation of protocol")


# ---- Contexts


class SSLContext:
    """Settings. Those that no stand-in needs to look at are plain attributes."""

    sslsocket_class = sslobject_class = None
    maximum_version = TLSVersion.MAXIMUM_SUPPORTED
    minimum_version = TLSVersion.TLSv1_2
    post_handshake_auth = False
    hostname_checks_common_name = True
    keylog_filename = sni_callback = session = None
    num_tickets = security_level = 2

    def __init__(self, protocol=None):
        self.protocol = _SSLMethod(PROTOCOL_TLS if protocol is None else protocol)
        self.options = OP_ALL | OP_NO_COMPRESSION | OP_NO_SSLv3
        self.verify_flags = VERIFY_X509_TRUSTED_FIRST
        self._verify_mode, self._check_hostname = CERT_NONE, False
        if self.protocol == PROTOCOL_TLS_CLIENT:
            self._verify_mode, self._check_hostname = CERT_REQUIRED, True

    @property
    def verify_mode(self):
        return self._verify_mode

    @verify_mode.setter
    def verify_mode(self, value):
        if value == CERT_NONE and self._check_hostname:
            raise ValueError("Cannot set verify_mode to CERT_NONE when check_hostname is enabled.")
        self._verify_mode = VerifyMode(value)

    @property
    def check_hostname(self):
        return self._check_hostname

    @check_hostname.setter
    def check_hostname(self, value):
        self._check_hostname = bool(value)
        if value and self._verify_mode == CERT_NONE:
            self._verify_mode = CERT_REQUIRED

    def _no_effect(self, *arguments, **named):
        pass

    load_default_certs = load_verify_locations = load_cert_chain = set_default_verify_paths = _no_effect
    set_alpn_protocols = set_npn_protocols = set_ciphers = set_ecdh_curve = load_dh_params = _no_effect

    def get_ciphers(self):
        return []

    def get_ca_certs(self, binary_form=False):
        return []

    def cert_store_stats(self):
        return {"x509": 0, "crl": 0, "x509_ca": 0}

    def wrap_socket(self, sock, server_side=False, do_handshake_on_connect=True, suppress_ragged_eofs=True,
                    server_hostname=None, session=None):  # fmt: skip
        self._check(server_side, server_hostname)
        return SSLSocket._over(sock, self, server_hostname, do_handshake_on_connect)

    def wrap_bio(self, incoming, outgoing, server_side=False, server_hostname=None, session=None):
        self._check(server_side, server_hostname)
        return SSLObject(incoming, outgoing, self, server_hostname)

    def _check(self, server_side, server_hostname):
        if server_side:
            raise SSLError("servers don't exist in this sandbox")
        if self._check_hostname and not server_hostname:
            raise ValueError("check_hostname requires server_hostname")


def create_default_context(purpose=Purpose.SERVER_AUTH, *, cafile=None, capath=None, cadata=None):
    context = SSLContext(PROTOCOL_TLS_CLIENT if purpose == Purpose.SERVER_AUTH else PROTOCOL_TLS_SERVER)
    context.verify_flags |= VERIFY_X509_PARTIAL_CHAIN | VERIFY_X509_STRICT
    return context


def _create_unverified_context(protocol=None, *, cert_reqs=CERT_NONE, check_hostname=False, purpose=Purpose.SERVER_AUTH,
                               certfile=None, keyfile=None, cafile=None, capath=None, cadata=None):  # fmt: skip
    context = SSLContext(PROTOCOL_TLS_CLIENT if protocol is None else protocol)
    context.check_hostname = check_hostname
    context.verify_mode = cert_reqs
    return context


_create_default_https_context = create_default_context
_create_stdlib_context = _create_unverified_context


def get_default_verify_paths():
    return DefaultVerifyPaths(None, None, "SSL_CERT_FILE", "", "SSL_CERT_DIR", "")


def RAND_bytes(number):
    return os.urandom(number)


def RAND_status():
    return True


# ---- What is encrypted


class _Session:
    """What a client asks of an established session, over a socket or not."""

    server_side = session_reused = False
    session = None

    def getpeercert(self, binary_form=False):
        if binary_form or self.context.verify_mode == CERT_NONE:
            return b"" if binary_form else {}
        name = self.server_hostname or ""
        name = name.decode() if isinstance(name, bytes) else name
        return {"subject": ((("commonName", name),),), "subjectAltName": (("DNS", name),)}

    def version(self):
        return "TLSv1.3"

    def cipher(self):
        return "TLS_AES_256_GCM_SHA384", "TLSv1.3", 256

    def _nothing(self, *arguments):
        return None

    selected_alpn_protocol = selected_npn_protocol = compression = shared_ciphers = get_channel_binding = _nothing
    verify_client_post_handshake = _nothing


class MemoryBIO:
    def __init__(self):
        self._bytes = bytearray()
        self._ended = False

    @property
    def pending(self):
        return len(self._bytes)

    @property
    def eof(self):
        return self._ended and not self._bytes

    def read(self, size=-1):
        size = len(self._bytes) if size < 0 else size
        taken = bytes(self._bytes[:size])
        del self._bytes[:size]
        return taken

    def write(self, data):
        if self._ended:
            raise SSLError("cannot write() after write_eof()")
        before = len(self._bytes)
        self._bytes += data
        return len(self._bytes) - before

    def write_eof(self):
        self._ended = True


class SSLObject(_Session):
    """A session between two buffers."""

    def __init__(self, incoming, outgoing, context, server_hostname):
        self._incoming, self._outgoing = incoming, outgoing
        self.context, self.server_hostname = context, server_hostname
        self._greeted = False

    def do_handshake(self):
        if not self._greeted:
            self._outgoing.write(HELLO)
            self._greeted = True
        if not _is_hello(self._incoming._bytes):
            raise _ended_early() if self._incoming.eof else _want_read()
        self._incoming.read(len(HELLO))

    def read(self, len=1024, buffer=None):
        if not self._incoming.pending and not self._incoming.eof:
            raise _want_read()
        taken = self._incoming.read(len)
        if buffer is None:
            return taken
        buffer[: taken.__len__()] = taken
        return taken.__len__()

    def write(self, data):
        return self._outgoing.write(data)

    def pending(self):
        return self._incoming.pending

    def unwrap(self):
        return None


class SSLSocket(_Session, Socket):
    """A session over a socket, in whose place it steps."""

    read_timed_out = "The read operation timed out"

    @classmethod
    def _over(cls, plain, context, server_hostname, handshake):
        made = cls(plain.family, plain.type, plain.proto)
        made.context, made.server_hostname = context, server_hostname
        made._handshake = handshake
        made.timeout = plain.timeout
        made._connection = plain._connection
        plain.detach()
        if made._connection is not None and handshake:
            made.do_handshake()
        return made

    @property
    def _sslobj(self):
        return self

    def connect(self, address):
        super().connect(address)
        if self._handshake:
            self.do_handshake()

    def do_handshake(self, block=False):
        try:
            self.sendall(HELLO)
            answer = b""
            while not _is_hello(answer):
                chunk = self.recv(len(HELLO) - len(answer))
                if not chunk:
                    raise _ended_early()
                answer += chunk
        except BaseException:
            self.close()
            raise

    def _would_block(self):
        return _want_read()

    def read(self, len=1024, buffer=None):
        return self.recv(len) if buffer is None else self.recv_into(buffer, len)

    def write(self, data):
        return self.send(data)

    def pending(self):
        return 0 if self._connection is None else len(self._connection.received)

    def unwrap(self):
        plain = Socket(self.family, self.type, self.proto)
        plain._connection, plain.timeout = self._connection, self.timeout
        self.detach()
        return plain


SSLContext.sslsocket_class, SSLContext.sslobject_class = SSLSocket, SSLObject


def install():
    """Makes this the module `ssl`. Called before anything looks for one."""
    sys.modules["ssl"] = sys.modules["_proofhouse_tls"]
    sys.modules["ssl"].__spec__ = ModuleSpec("ssl", None)
