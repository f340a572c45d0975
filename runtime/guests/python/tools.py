"""The fixtures that every file of tests has, in the manner of pytest: a folder, patches, what was printed and logged."""

import contextlib
import importlib
import os
import pathlib
import shutil
import sys
import tempfile

from _proofhouse_captures import CaptureFixture, LogCaptureFixture, WarningsRecorder
from _proofhouse_fixtures import Fixture

ABSENT = object()


class MonkeyPatch:
    """Changes that are undone at the end of the test, the last of them first."""

    def __init__(self):
        self._undo = []

    @classmethod
    @contextlib.contextmanager
    def context(cls):
        patches = cls()
        try:
            yield patches
        finally:
            patches.undo()

    def setattr(self, target, name, value=ABSENT, raising=True):
        if value is ABSENT:
            target, name, value = *owner_of(target), name
        before = getattr(target, name, ABSENT)
        if raising and before is ABSENT:
            raise AttributeError(f"{target!r} has no attribute {name!r}")
        # A method as it stands in its class, and not bound to it.
        if isinstance(target, type):
            before = vars(target).get(name, ABSENT)
        self._undo.append(lambda: put_attribute(target, name, before))
        setattr(target, name, value)

    def delattr(self, target, name=ABSENT, raising=True):
        if name is ABSENT:
            target, name = owner_of(target)
        if not hasattr(target, name):
            if raising:
                raise AttributeError(name)
            return
        before = vars(target).get(name, ABSENT) if isinstance(target, type) else getattr(target, name)
        self._undo.append(lambda: put_attribute(target, name, before))
        delattr(target, name)

    def setitem(self, dic, name, value):
        before = dic.get(name, ABSENT)
        self._undo.append(lambda: put_item(dic, name, before))
        dic[name] = value

    def delitem(self, dic, name, raising=True):
        if name in dic:
            before = dic[name]
            self._undo.append(lambda: put_item(dic, name, before))
            del dic[name]
        elif raising:
            raise KeyError(name)

    def setenv(self, name, value, prepend=None):
        value = str(value)
        if prepend and name in os.environ:
            value = value + prepend + os.environ[name]
        self.setitem(os.environ, name, value)

    def delenv(self, name, raising=True):
        self.delitem(os.environ, name, raising)

    def syspath_prepend(self, path):
        before = list(sys.path)
        self._undo.append(lambda: sys.path.__setitem__(slice(None), before))
        sys.path.insert(0, str(path))
        sys.path_importer_cache.pop(str(path), None)

    def chdir(self, path):
        before = os.getcwd()
        self._undo.append(lambda: os.chdir(before))
        os.chdir(path)

    def undo(self):
        while self._undo:
            self._undo.pop()()


def owner_of(path):
    """What `module.Class.name` is an attribute of, and its name there."""
    owner, _, name = path.rpartition(".")
    parts = owner.split(".")
    found = importlib.import_module(parts[0])
    for place, part in enumerate(parts[1:], 2):
        if not hasattr(found, part):
            importlib.import_module(".".join(parts[:place]))
        found = getattr(found, part)
    return found, name


def put_attribute(target, name, value):
    if value is not ABSENT:
        setattr(target, name, value)
    elif hasattr(target, name):
        delattr(target, name)


def put_item(items, name, value):
    if value is not ABSENT:
        items[name] = value
    elif name in items:
        del items[name]


class TempPathFactory:
    """Folders that are gone at the end of the test."""

    def __init__(self):
        self.base = pathlib.Path(tempfile.mkdtemp())

    def getbasetemp(self):
        return self.base

    def mktemp(self, basename, numbered=True):
        names = (f"{basename}{number}" for number in range(10**6)) if numbered else (basename,)
        path = next(self.base / name for name in names if not numbered or not (self.base / name).exists())
        path.mkdir(mode=0o700)
        return path


class LocalPath(type(pathlib.Path())):
    """A path with what `tmpdir` is most used for."""

    @property
    def strpath(self):
        return str(self)

    def join(self, *names):
        return self.joinpath(*names)

    def mkdir(self, *names, **options):
        if names and isinstance(names[0], str):
            made = self.joinpath(*names)
            made.mkdir()
            return made
        return super().mkdir(*names, **options)

    def write(self, content, mode="w"):
        with open(self, mode) as file:
            file.write(content)

    def read(self, mode="r"):
        with open(self, mode) as file:
            return file.read()


# ---- The fixtures


def tmp_path_factory():
    factory = TempPathFactory()
    yield factory
    shutil.rmtree(factory.base, ignore_errors=True)


def tmp_path(tmp_path_factory, request):
    return tmp_path_factory.mktemp(request.node.name)


def tmpdir(tmp_path):
    return LocalPath(tmp_path)


def monkeypatch():
    patches = MonkeyPatch()
    yield patches
    patches.undo()


def capsys():
    captured = CaptureFixture()
    yield captured
    sys.stdout, sys.stderr = captured.before


def caplog():
    captured = LogCaptureFixture()
    yield captured
    captured.end()


def recwarn():
    with WarningsRecorder() as recorder:
        yield recorder


FIXTURES = {made.__name__: Fixture(made) for made in (tmp_path, tmpdir, monkeypatch, capsys, caplog, recwarn)}
FIXTURES["tmp_path_factory"] = Fixture(tmp_path_factory, "session")
FIXTURES["capfd"] = Fixture(capsys, name="capfd")
