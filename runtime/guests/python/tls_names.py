"""The constants and the exceptions of the module `ssl`, with the numbers that they have in CPython 3.14 on OpenSSL 3."""

from enum import IntEnum, IntFlag

# What a program sees of these classes.
__name__ = "ssl"


class SSLMethod(IntEnum):
    PROTOCOL_TLS = 2
    PROTOCOL_SSLv23 = 2
    PROTOCOL_TLSv1 = 3
    PROTOCOL_TLSv1_1 = 4
    PROTOCOL_TLSv1_2 = 5
    PROTOCOL_TLS_CLIENT = 16
    PROTOCOL_TLS_SERVER = 17


class TLSVersion(IntEnum):
    MINIMUM_SUPPORTED = -2
    SSLv3 = 768
    TLSv1 = 769
    TLSv1_1 = 770
    TLSv1_2 = 771
    TLSv1_3 = 772
    MAXIMUM_SUPPORTED = -1


class VerifyMode(IntEnum):
    CERT_NONE = 0
    CERT_OPTIONAL = 1
    CERT_REQUIRED = 2


class VerifyFlags(IntFlag):
    VERIFY_DEFAULT = 0
    VERIFY_CRL_CHECK_LEAF = 4
    VERIFY_CRL_CHECK_CHAIN = 12
    VERIFY_X509_STRICT = 32
    VERIFY_ALLOW_PROXY_CERTS = 64
    VERIFY_X509_TRUSTED_FIRST = 32768
    VERIFY_X509_PARTIAL_CHAIN = 524288


class Options(IntFlag):
    OP_ALL = 0x80000050
    OP_NO_SSLv2 = 0
    OP_IGNORE_UNEXPECTED_EOF = 0x80
    OP_ENABLE_KTLS = 0x8
    OP_LEGACY_SERVER_CONNECT = 0x4
    OP_NO_TICKET = 0x4000
    OP_NO_COMPRESSION = 0x20000
    OP_SINGLE_ECDH_USE = 0
    OP_SINGLE_DH_USE = 0
    OP_CIPHER_SERVER_PREFERENCE = 0x400000
    OP_ENABLE_MIDDLEBOX_COMPAT = 0x100000
    OP_NO_SSLv3 = 0x2000000
    OP_NO_TLSv1 = 0x4000000
    OP_NO_TLSv1_2 = 0x8000000
    OP_NO_TLSv1_1 = 0x10000000
    OP_NO_TLSv1_3 = 0x20000000
    OP_NO_RENEGOTIATION = 0x40000000


class SSLErrorNumber(IntEnum):
    SSL_ERROR_SSL = 1
    SSL_ERROR_WANT_READ = 2
    SSL_ERROR_WANT_WRITE = 3
    SSL_ERROR_WANT_X509_LOOKUP = 4
    SSL_ERROR_SYSCALL = 5
    SSL_ERROR_ZERO_RETURN = 6
    SSL_ERROR_WANT_CONNECT = 7
    SSL_ERROR_EOF = 8
    SSL_ERROR_INVALID_ERROR_CODE = 10


for _kind in (SSLMethod, VerifyMode, VerifyFlags, Options, SSLErrorNumber):
    globals().update(_kind.__members__)


class SSLError(OSError):
    library = reason = None

    def __str__(self):
        return str(self.strerror if self.strerror is not None else self.args[0] if len(self.args) == 1 else self.args)


class SSLZeroReturnError(SSLError):
    pass


class SSLWantReadError(SSLError):
    pass


class SSLWantWriteError(SSLError):
    pass


class SSLSyscallError(SSLError):
    pass


class SSLEOFError(SSLError):
    pass


class SSLCertVerificationError(SSLError, ValueError):
    pass


CertificateError = SSLCertVerificationError
