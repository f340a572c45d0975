"""What a test printed, logged and warned of, in the manner of pytest's `capsys`, `caplog` and `recwarn`."""

import contextlib
import io
import logging
import sys
import warnings
from collections import namedtuple

from _proofhouse_outcomes import Failed

CaptureResult = namedtuple("CaptureResult", ["out", "err"])


class CaptureFixture:
    """What is written to `sys.stdout` and `sys.stderr`."""

    def __init__(self):
        self.streams = io.StringIO(), io.StringIO()
        self.before = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = self.streams

    def readouterr(self):
        read = CaptureResult(*(stream.getvalue() for stream in self.streams))
        for stream in self.streams:
            stream.seek(0)
            stream.truncate()
        return read

    @contextlib.contextmanager
    def disabled(self):
        sys.stdout, sys.stderr = self.before
        try:
            yield
        finally:
            sys.stdout, sys.stderr = self.streams


class Records(logging.Handler):
    def __init__(self):
        super().__init__()
        self.records, self.lines = [], []
        self.setFormatter(logging.Formatter("%(levelname)-8s %(name)s:%(filename)s:%(lineno)d %(message)s"))

    def emit(self, record):
        self.records.append(record)
        self.lines.append(self.format(record) + "\n")


class LogCaptureFixture:
    """What is logged."""

    def __init__(self):
        self.handler, self.levels = Records(), []
        logging.getLogger().addHandler(self.handler)

    @property
    def records(self):
        return self.handler.records

    @property
    def text(self):
        return "".join(self.handler.lines)

    @property
    def messages(self):
        return [record.getMessage() for record in self.records]

    @property
    def record_tuples(self):
        return [(record.name, record.levelno, record.getMessage()) for record in self.records]

    def get_records(self, when):
        return self.records if when == "call" else []

    def clear(self):
        self.handler.records.clear()
        self.handler.lines.clear()

    def set_level(self, level, logger=None):
        target = logging.getLogger(logger)
        self.levels.append((target, target.level, self.handler.level))
        target.setLevel(level)
        self.handler.setLevel(level)

    @contextlib.contextmanager
    def at_level(self, level, logger=None):
        self.set_level(level, logger)
        try:
            yield
        finally:
            self.restore(self.levels.pop())

    def restore(self, before):
        target, level, own = before
        target.setLevel(level)
        self.handler.setLevel(own)

    def end(self):
        while self.levels:
            self.restore(self.levels.pop())
        logging.getLogger().removeHandler(self.handler)


class WarningsRecorder(warnings.catch_warnings):
    """The warnings that were given."""

    def __init__(self):
        super().__init__(record=True)

    def __enter__(self):
        self.list = super().__enter__()
        warnings.simplefilter("always")
        return self

    def __getitem__(self, place):
        return self.list[place]

    def __iter__(self):
        return iter(self.list)

    def __len__(self):
        return len(self.list)

    def pop(self, cls=Warning):
        for place, given in enumerate(self.list):
            if issubclass(given.category, cls):
                return self.list.pop(place)
        raise Failed(f"{cls!r} not found in warning list")

    def clear(self):
        self.list[:] = []
