"""What a program finds in place of processes: threads where it asked for threads, and else a clear error.

`multiprocessing.pool.ThreadPool` and `multiprocessing.dummy` work, on top of `ThreadPoolExecutor`. Everything that
would start a process, or share something with one, raises `RuntimeError` when it is made.
"""

import multiprocessing
import sys
import types
from concurrent import futures

_REFUSED = (
    "Process", "Pool", "Manager", "Pipe", "Queue", "SimpleQueue", "JoinableQueue", "Lock", "RLock", "Semaphore",
    "BoundedSemaphore", "Event", "Condition", "Barrier", "Value", "Array", "RawValue", "RawArray",
)


def _refused(name):
    def refuse(self, *args, **kwargs):
        raise RuntimeError(f"processes don't exist in this sandbox: {name} can't work; use threads")

    return type(name.rpartition(".")[2], (), {"__init__": refuse})


class AsyncResult:
    """Calls of a `ThreadPool` that are under way. `collect` makes the result of the list of theirs."""

    def __init__(self, calls, collect, callback=None, error_callback=None):
        self._calls = calls
        self._collect = collect
        self._left = len(calls)
        self._callbacks = callback, error_callback
        for call in calls:
            call.add_done_callback(self._one_done)

    def _one_done(self, call):
        self._left -= 1
        callback, error_callback = self._callbacks
        if not self._left and self.successful():
            callback and callback(self.get())
        elif not self._left and error_callback:
            error_callback(next(error for error in (call.exception() for call in self._calls) if error))

    def get(self, timeout=None):
        if futures.wait(self._calls, timeout).not_done:
            raise multiprocessing.TimeoutError
        return self._collect([call.result() for call in self._calls])

    def wait(self, timeout=None):
        futures.wait(self._calls, timeout)

    def ready(self):
        return all(call.done() for call in self._calls)

    def successful(self):
        if not self.ready():
            raise ValueError(f"{self!r} not ready")
        return all(call.exception() is None for call in self._calls)


class ThreadPool:
    """Stands in for `multiprocessing.pool.ThreadPool`. Chunk sizes are ignored."""

    def __init__(self, processes=None, initializer=None, initargs=()):
        if processes is not None and processes < 1:
            raise ValueError("Number of processes must be at least 1")
        self._executor = futures.ThreadPoolExecutor(processes, "ThreadPool", initializer, initargs)

    def _submit(self, function, calls):
        if self._executor._shutdown:
            raise ValueError("Pool not running")
        return [self._executor.submit(function, *arguments) for arguments in calls]

    def apply(self, func, args=(), kwds={}):
        return self.apply_async(func, args, kwds).get()

    def apply_async(self, func, args=(), kwds={}, callback=None, error_callback=None):
        calls = self._submit(lambda: func(*args, **kwds), [()])
        return AsyncResult(calls, lambda results: results[0], callback, error_callback)

    def map(self, func, iterable, chunksize=None):
        return self.map_async(func, iterable).get()

    def map_async(self, func, iterable, chunksize=None, callback=None, error_callback=None):
        return AsyncResult(self._submit(func, zip(iterable)), list, callback, error_callback)

    def starmap(self, func, iterable, chunksize=None):
        return self.starmap_async(func, iterable).get()

    def starmap_async(self, func, iterable, chunksize=None, callback=None, error_callback=None):
        return AsyncResult(self._submit(func, iterable), list, callback, error_callback)

    def imap(self, func, iterable, chunksize=1):
        calls = self._submit(func, zip(iterable))
        return (call.result() for call in calls)

    def imap_unordered(self, func, iterable, chunksize=1):
        calls = self._submit(func, zip(iterable))
        return (call.result() for call in futures.as_completed(calls))

    def close(self):
        self._executor.shutdown(wait=False)

    def terminate(self):
        self._executor.shutdown(wait=False, cancel_futures=True)

    def join(self):
        if not self._executor._shutdown:
            raise ValueError("Pool is still running")
        self._executor.shutdown()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.terminate()


def install():
    """Puts the stand-ins where programs look for them."""
    for name in _REFUSED:
        setattr(multiprocessing, name, _refused(f"multiprocessing.{name}"))
    multiprocessing.cpu_count = lambda: 1
    pool = types.ModuleType("multiprocessing.pool")
    pool.ThreadPool, pool.AsyncResult, pool.Pool = ThreadPool, AsyncResult, multiprocessing.Pool
    sys.modules[pool.__name__] = multiprocessing.pool = pool
    futures.ProcessPoolExecutor = _refused("concurrent.futures.ProcessPoolExecutor")
