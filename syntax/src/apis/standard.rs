//! Python's standard library on all systems, and what it once had. Names alone: what a guest has is in its inventory.

/// The top-level modules of CPython 3.14, `sys.stdlib_module_names`, with its tests.
#[rustfmt::skip]
pub(super) static TOP_LEVEL: [&str; 298] = [
    "__future__", "_abc", "_aix_support", "_android_support", "_apple_support", "_ast", "_ast_unparse", "_asyncio", "_bisect",
    "_blake2", "_bz2", "_codecs", "_codecs_cn", "_codecs_hk", "_codecs_iso2022", "_codecs_jp", "_codecs_kr", "_codecs_tw",
    "_collections", "_collections_abc", "_colorize", "_compat_pickle", "_contextvars", "_csv", "_ctypes", "_curses",
    "_curses_panel", "_datetime", "_dbm", "_decimal", "_elementtree", "_frozen_importlib", "_frozen_importlib_external",
    "_functools", "_gdbm", "_hashlib", "_heapq", "_hmac", "_imp", "_interpchannels", "_interpqueues", "_interpreters", "_io",
    "_ios_support", "_json", "_locale", "_lsprof", "_lzma", "_markupbase", "_md5", "_multibytecodec", "_multiprocessing",
    "_opcode", "_opcode_metadata", "_operator", "_osx_support", "_overlapped", "_pickle", "_posixshmem", "_posixsubprocess",
    "_py_abc", "_py_warnings", "_pydatetime", "_pydecimal", "_pyio", "_pylong", "_pyrepl", "_queue", "_random",
    "_remote_debugging", "_scproxy", "_sha1", "_sha2", "_sha3", "_signal", "_sitebuiltins", "_socket", "_sqlite3", "_sre",
    "_ssl", "_stat", "_statistics", "_string", "_strptime", "_struct", "_suggestions", "_symtable", "_sysconfig", "_thread",
    "_threading_local", "_tkinter", "_tokenize", "_tracemalloc", "_types", "_typing", "_uuid", "_warnings", "_weakref",
    "_weakrefset", "_winapi", "_wmi", "_zoneinfo", "_zstd", "abc", "annotationlib", "antigravity", "argparse", "array", "ast",
    "asyncio", "atexit", "base64", "bdb", "binascii", "bisect", "builtins", "bz2", "cProfile", "calendar", "cmath", "cmd",
    "code", "codecs", "codeop", "collections", "colorsys", "compileall", "compression", "concurrent", "configparser",
    "contextlib", "contextvars", "copy", "copyreg", "csv", "ctypes", "curses", "dataclasses", "datetime", "dbm", "decimal",
    "difflib", "dis", "doctest", "email", "encodings", "ensurepip", "enum", "errno", "faulthandler", "fcntl", "filecmp",
    "fileinput", "fnmatch", "fractions", "ftplib", "functools", "gc", "genericpath", "getopt", "getpass", "gettext", "glob",
    "graphlib", "grp", "gzip", "hashlib", "heapq", "hmac", "html", "http", "idlelib", "imaplib", "importlib", "inspect", "io",
    "ipaddress", "itertools", "json", "keyword", "linecache", "locale", "logging", "lzma", "mailbox", "marshal", "math",
    "mimetypes", "mmap", "modulefinder", "msvcrt", "multiprocessing", "netrc", "nt", "ntpath", "nturl2path", "numbers",
    "opcode", "operator", "optparse", "os", "pathlib", "pdb", "pickle", "pickletools", "pkgutil", "platform", "plistlib",
    "poplib", "posix", "posixpath", "pprint", "profile", "pstats", "pty", "pwd", "py_compile", "pyclbr", "pydoc", "pydoc_data",
    "pyexpat", "queue", "quopri", "random", "re", "readline", "reprlib", "resource", "rlcompleter", "runpy", "sched", "secrets",
    "select", "selectors", "shelve", "shlex", "shutil", "signal", "site", "smtplib", "socket", "socketserver", "sqlite3",
    "sre_compile", "sre_constants", "sre_parse", "ssl", "stat", "statistics", "string", "stringprep", "struct", "subprocess",
    "symtable", "sys", "sysconfig", "syslog", "tabnanny", "tarfile", "tempfile", "termios", "test", "textwrap", "this",
    "threading", "time", "timeit", "tkinter", "token", "tokenize", "tomllib", "trace", "traceback", "tracemalloc", "tty",
    "turtle", "turtledemo", "types", "typing", "unicodedata", "unittest", "urllib", "uuid", "venv", "warnings", "wave",
    "weakref", "webbrowser", "winreg", "winsound", "wsgiref", "xml", "xmlrpc", "zipapp", "zipfile", "zipimport", "zlib",
    "zoneinfo",
];

/// Modules within packages that need what some systems lack: processes, shared memory, a C library.
#[rustfmt::skip]
pub(super) static SUBMODULES: [&str; 25] = [
    "asyncio.unix_events", "asyncio.windows_events", "asyncio.windows_utils", "compression.bz2", "compression.lzma",
    "compression.zstd", "concurrent.futures.interpreter", "concurrent.futures.process", "concurrent.interpreters", "dbm.gnu",
    "dbm.ndbm", "encodings.bz2_codec", "encodings.mbcs", "encodings.oem", "multiprocessing.forkserver", "multiprocessing.heap",
    "multiprocessing.popen_fork", "multiprocessing.popen_forkserver", "multiprocessing.popen_spawn_posix",
    "multiprocessing.popen_spawn_win32", "multiprocessing.resource_tracker", "multiprocessing.shared_memory",
    "multiprocessing.sharedctypes", "multiprocessing.synchronize", "pydoc_data.topics",
];

/// Modules that Python has no more, with the version that removed them: those of Python 2, and of the "what's new" pages since.
#[rustfmt::skip]
pub(super) static REMOVED: [(&str, &str); 102] = [
    ("BaseHTTPServer", "3.0"), ("Bastion", "3.0"), ("CGIHTTPServer", "3.0"), ("ConfigParser", "3.0"), ("Cookie", "3.0"),
    ("DocXMLRPCServer", "3.0"), ("HTMLParser", "3.0"), ("MimeWriter", "3.0"), ("Queue", "3.0"), ("ScrolledText", "3.0"),
    ("SimpleHTTPServer", "3.0"), ("SimpleXMLRPCServer", "3.0"), ("SocketServer", "3.0"), ("StringIO", "3.0"), ("Tix", "3.0"),
    ("Tkinter", "3.0"), ("UserDict", "3.0"), ("UserList", "3.0"), ("UserString", "3.0"), ("__builtin__", "3.0"),
    ("_dummy_thread", "3.9"), ("aifc", "3.13"), ("anydbm", "3.0"), ("asynchat", "3.12"), ("asyncore", "3.12"),
    ("audioop", "3.13"), ("binhex", "3.11"), ("cPickle", "3.0"), ("cStringIO", "3.0"), ("cgi", "3.13"), ("cgitb", "3.13"),
    ("chunk", "3.13"), ("commands", "3.0"), ("compiler", "3.0"), ("cookielib", "3.0"), ("copy_reg", "3.0"), ("crypt", "3.13"),
    ("dbhash", "3.0"), ("dircache", "3.0"), ("distutils", "3.12"), ("dumbdbm", "3.0"), ("dummy_threading", "3.9"),
    ("exceptions", "3.0"), ("formatter", "3.10"), ("fpectl", "3.7"), ("fpformat", "3.0"), ("future_builtins", "3.0"),
    ("hotshot", "3.0"), ("htmlentitydefs", "3.0"), ("htmllib", "3.0"), ("httplib", "3.0"), ("ihooks", "3.0"),
    ("imghdr", "3.13"), ("imp", "3.12"), ("imputil", "3.0"), ("lib2to3", "3.13"), ("macpath", "3.8"), ("mailcap", "3.13"),
    ("md5", "3.0"), ("mhlib", "3.0"), ("mimetools", "3.0"), ("mimify", "3.0"), ("msilib", "3.13"), ("multifile", "3.0"),
    ("mutex", "3.0"), ("nis", "3.13"), ("nntplib", "3.13"), ("ossaudiodev", "3.13"), ("parser", "3.10"), ("pipes", "3.13"),
    ("popen2", "3.0"), ("posixfile", "3.0"), ("rexec", "3.0"), ("rfc822", "3.0"), ("robotparser", "3.0"), ("sets", "3.0"),
    ("sgmllib", "3.0"), ("sha", "3.0"), ("smtpd", "3.12"), ("sndhdr", "3.13"), ("spwd", "3.13"), ("statvfs", "3.0"),
    ("sunau", "3.13"), ("symbol", "3.10"), ("telnetlib", "3.13"), ("thread", "3.0"), ("tkColorChooser", "3.0"),
    ("tkFileDialog", "3.0"), ("tkFont", "3.0"), ("tkMessageBox", "3.0"), ("tkSimpleDialog", "3.0"), ("tkinter.tix", "3.13"),
    ("ttk", "3.0"), ("typing.io", "3.13"), ("typing.re", "3.13"), ("urllib2", "3.0"), ("urlparse", "3.0"), ("uu", "3.13"),
    ("whichdb", "3.0"), ("xdrlib", "3.13"), ("xmllib", "3.0"), ("xmlrpclib", "3.0"),
];

/// Modules whose names in capitals are constants of the operating system or terminal: each has its own.
pub(super) static SYSTEM_CONSTANTS: [&str; 9] =
    ["curses", "errno", "os", "select", "signal", "socket", "stat", "subprocess", "time"];

/// What modules have on some systems, apart from such constants: typeshed's platform branches, and what needs OpenSSL.
#[rustfmt::skip]
pub(super) static ELSEWHERE: [(&str, &[&str]); 25] = [
    ("asyncio", &[
        "ProactorEventLoop", "WindowsProactorEventLoopPolicy", "WindowsSelectorEventLoopPolicy", "open_unix_connection",
        "start_unix_server",
    ]),
    ("codecs", &[
        "code_page_decode", "code_page_encode", "mbcs_decode", "mbcs_encode", "oem_decode", "oem_encode",
    ]),
    ("ctypes", &[
        "FormatError", "GetLastError", "WINFUNCTYPE", "WinDLL", "WinError", "get_last_error", "oledll", "set_last_error", "windll",
    ]),
    ("ftplib", &["FTP_TLS"]),
    ("hashlib", &["pbkdf2_hmac", "scrypt"]),
    ("http.client", &["HTTPSConnection"]),
    ("imaplib", &["IMAP4_SSL"]),
    ("locale", &["bind_textdomain_codeset", "bindtextdomain", "dcgettext", "dgettext", "gettext", "textdomain"]),
    ("multiprocessing.connection", &["PipeConnection"]),
    ("multiprocessing.managers", &["SharedMemoryManager", "SharedMemoryServer"]),
    ("multiprocessing.reduction", &["DupHandle", "duplicate", "steal_handle"]),
    ("os", &[
        "add_dll_directory", "chflags", "chown", "chroot", "copy_file_range", "ctermid", "dup2", "eventfd", "eventfd_read",
        "eventfd_write", "execv", "execve", "fchdir", "fchmod", "fchown", "fork", "forkpty", "fstatvfs", "fwalk",
        "get_handle_inheritable", "get_terminal_size", "getegid", "geteuid", "getgid", "getgrouplist", "getgroups", "getloadavg",
        "getlogin", "getpgid", "getpgrp", "getppid", "getpriority", "getrandom", "getresgid", "getresuid", "getsid", "getuid",
        "getxattr", "grantpt", "initgroups", "kill", "killpg", "lchflags", "lchmod", "lchown", "listdrives", "listmounts",
        "listvolumes", "listxattr", "lockf", "login_tty", "major", "makedev", "memfd_create", "minor", "mkfifo", "mknod", "nice",
        "openpty", "pidfd_open", "pipe", "pipe2", "plock", "posix_fallocate", "posix_openpt", "posix_spawn", "posix_spawnp",
        "preadv", "ptsname", "pwritev", "readv", "register_at_fork", "removexattr", "sched_get_priority_max",
        "sched_get_priority_min", "sched_getaffinity", "sched_getparam", "sched_getscheduler", "sched_param",
        "sched_rr_get_interval", "sched_setaffinity", "sched_setparam", "sched_setscheduler", "sendfile", "set_handle_inheritable",
        "setegid", "seteuid", "setgid", "setgroups", "setns", "setpgid", "setpgrp", "setpriority", "setregid", "setresgid",
        "setresuid", "setreuid", "setsid", "setuid", "setxattr", "spawnl", "spawnle", "spawnlp", "spawnlpe", "spawnv", "spawnve",
        "spawnvp", "spawnvpe", "splice", "startfile", "statvfs", "sync", "system", "tcgetpgrp", "tcsetpgrp", "timerfd_create",
        "timerfd_gettime", "timerfd_gettime_ns", "timerfd_settime", "timerfd_settime_ns", "ttyname", "umask", "unlockpt", "unshare",
        "wait", "wait3", "wait4", "waitid", "waitid_result", "waitpid", "waitstatus_to_exitcode", "writev",
    ]),
    ("poplib", &["POP3_SSL"]),
    ("select", &["devpoll", "epoll", "kevent", "kqueue"]),
    ("selectors", &["DevpollSelector", "EpollSelector", "KqueueSelector"]),
    ("shutil", &["disk_usage"]),
    ("signal", &[
        "ItimerError", "Sigmasks", "alarm", "getitimer", "pause", "pidfd_send_signal", "pthread_kill", "pthread_sigmask",
        "setitimer", "siginterrupt", "sigpending", "sigtimedwait", "sigwait", "sigwaitinfo", "struct_siginfo", "valid_signals",
    ]),
    ("smtplib", &["SMTP_SSL"]),
    ("socket", &[
        "AF_DECnet", "errorTab", "fromshare", "gethostname", "if_indextoname", "if_nameindex", "if_nametoindex", "inet_ntoa",
        "recv_fds", "send_fds", "sethostname",
    ]),
    ("socketserver", &[
        "ForkingMixIn", "ForkingTCPServer", "ForkingUDPServer", "ForkingUnixDatagramServer", "ForkingUnixStreamServer",
        "ThreadingUnixDatagramServer", "ThreadingUnixStreamServer", "UnixDatagramServer", "UnixStreamServer",
    ]),
    ("sys", &[
        "UnraisableHookArgs", "dllhandle", "getandroidapilevel", "gettotalrefcount", "getwindowsversion", "last_exc",
        "last_traceback", "last_type", "last_value", "ps1", "ps2", "tracebacklimit", "winver",
    ]),
    ("threading", &["get_native_id"]),
    ("time", &[
        "clock_settime", "clock_settime_ns", "pthread_getcpuclockid", "thread_time", "thread_time_ns", "tzset",
    ]),
    ("urllib.request", &["HTTPSHandler"]),
    ("webbrowser", &["MacOSXOSAScript", "WindowsDefault"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted() {
        assert!(TOP_LEVEL.is_sorted());
        assert!(SUBMODULES.is_sorted());
        assert!(REMOVED.is_sorted_by_key(|(module, _)| module));
        assert!(ELSEWHERE.is_sorted_by_key(|(module, _)| module));
        assert!(ELSEWHERE.iter().all(|(_, names)| names.is_sorted()));
    }

    #[test]
    fn what_was_removed_is_gone() {
        assert!(REMOVED.iter().all(|(module, _)| TOP_LEVEL.binary_search(module).is_err()));
    }
}
