"""What programs can import here, and what each module has, for the search for APIs that don't exist.

It imports all that can be imported: run it in an interpreter that is then thrown away.
"""

import importlib.util
import pkgutil
import sys
import types

# Their imports do something (print, open a browser or a window), or nobody needs them and they are large.
SKIPPED = {
    "__hello__", "__main__", "__phello__", "antigravity", "idlelib", "lib2to3", "test", "tests", "this", "turtledemo",
}
# CPython's own C modules for its tests; some of them crash where they are used wrongly.
TESTING = ("_test", "_xx", "xx")


def is_skipped(name):
    return name.startswith(TESTING) or not SKIPPED.isdisjoint(name.split("."))


def load(name):
    try:
        return importlib.import_module(name)
    except BaseException:
        # Some modules of the standard library can't be imported here, whatever they raise: then they aren't there.
        return None


def submodules(module):
    try:
        return [found.name for found in pkgutil.iter_modules(module.__path__, module.__name__ + ".")]
    except Exception:
        return []


def loaded():
    """Every module that can be imported, by name."""
    found = {}
    left = [*sys.builtin_module_names, *sys.stdlib_module_names, *(found.name for found in pkgutil.iter_modules())]
    while left:
        name = left.pop()
        module = None if name in found or is_skipped(name) else load(name)
        if module is not None:
            found[name] = module
            left += submodules(module)
    # Modules that stand under two names, such as `os.path`.
    for name, module in list(sys.modules.items()):
        if module is not None and name.partition(".")[0] in found and not is_skipped(name):
            found.setdefault(name, module)
    return found


def made_on_demand(name, module):
    """What a module's `__getattr__` may answer to; None where it can't be known."""
    function = vars(module).get("__getattr__")
    if type(module) is not types.ModuleType:
        return None
    if function is None:
        return []
    if type(function) is not types.FunctionType or name.partition(".")[0] not in sys.stdlib_module_names:
        return None
    # In the standard library the names stand in its code, or in a table that the code reads.
    code = function.__code__
    found = []
    for constant in (*code.co_consts, *map(function.__globals__.get, code.co_names)):
        if isinstance(constant, str):
            found.append(constant)
        elif isinstance(constant, (tuple, list, set, frozenset, dict)):
            found += [each for each in constant if isinstance(each, str)]
    return found


def listed(name, module):
    """The public names of a module; `*` where they can't all be known."""
    package, _, last = name.rpartition(".")
    # The package has something else under this name, such as the class `unittest.main`.
    hidden = package and getattr(sys.modules.get(package), last, module) is not module
    try:
        more = None if hidden else made_on_demand(name, module)
        names = {*dir(module), *(more or [])}
    except Exception:
        return ["*"]
    return ["*"] if more is None else sorted(each for each in names if each.isidentifier() and not each.startswith("_"))


def inventory():
    """One line for each module: its name and the names that it has."""
    found = loaded()
    lines = [" ".join([name, *listed(name, found[name])]) for name in found]
    there = [name for name in SKIPPED - {"__main__"} if importlib.util.find_spec(name) is not None]
    lines += [f"{name} *" for name in there]
    return "\n".join(sorted(lines)) + "\n"
