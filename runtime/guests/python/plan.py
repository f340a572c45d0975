"""What the judge needs to know before any submission is there: which names the tests take from the solution, and which
definitions of the prompt and imports of the reference they stand on."""

import ast
import builtins
import importlib
import marshal
import opcode
import sys
import types


def parsed(source):
    """The statements of a module, those in its `if`, `try` and `with` blocks among them."""
    try:
        found, left = [], ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError):
        return []
    while left:
        statement, *left = left
        found.append(statement)
        if isinstance(statement, (ast.If, ast.Try, ast.With)):
            inner = [getattr(statement, field, []) for field in ("body", "orelse", "finalbody")]
            left = [*(part for parts in inner for part in parts), *left]
    return found


READ = {opcode.opmap[name]: shift for name, shift in (("LOAD_NAME", 0), ("LOAD_GLOBAL", 1))}
STORE_NAME = opcode.opmap["STORE_NAME"]
BOUND = {STORE_NAME, opcode.opmap["STORE_GLOBAL"]}
EXTENDED = opcode.opmap["EXTENDED_ARG"]
IMPORT, FROM = opcode.opmap["IMPORT_NAME"], opcode.opmap["IMPORT_FROM"]


def names_of(code):
    """The names that code reads from its module, and those that it binds there. What it imports from the solution by its own name
    stays the solution's, for the other tests too."""
    read, bound, left = {}, {}, [code]
    while left:
        one = left.pop()
        left += [constant for constant in one.co_consts if type(constant) is types.CodeType]
        names, words, extended, module, taken = one.co_names, one.co_code, 0, None, None
        for position in range(0, len(words), 2):
            word = words[position]
            argument = extended | words[position + 1]
            extended = argument << 8 if word == EXTENDED else 0
            if word == IMPORT:
                module = names[argument]
            elif word == FROM:
                taken = names[argument] if module == "solution" else None
                continue
            elif word in READ:
                read[names[argument >> READ[word]]] = True
            # A class body's own names are bound in the class alone.
            elif word in BOUND and (one is code or word != STORE_NAME):
                (read if names[argument] == taken else bound)[names[argument]] = True
            if word != EXTENDED:
                taken = None
    return read, bound


def is_stub(function):
    """Whether a function of the prompt is what the model was asked to write."""
    kinds = (ast.Pass, ast.Raise)
    return all(
        isinstance(statement, kinds) or (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant))
        for statement in function.body
    )


def defined(statement):
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return [] if is_stub(statement) else [statement.name]
    if isinstance(statement, ast.ClassDef):
        return [] if all(is_stub(part) for part in statement.body if hasattr(part, "body")) else [statement.name]
    if isinstance(statement, ast.Assign):
        names = [name for target in statement.targets for name in ast.walk(target)]
        return [name.id for name in names if isinstance(name, ast.Name)]
    if isinstance(statement, ast.AnnAssign) and statement.value is not None and isinstance(statement.target, ast.Name):
        return [statement.target.id]
    return imported(statement)


def imported(statement):
    if isinstance(statement, ast.ImportFrom) and statement.names[0].name == "*":
        module = importlib.import_module(statement.module) if statement.module in sys.stdlib_module_names else builtins
        return getattr(module, "__all__", None) or [name for name in dir(module) if not name.startswith("_")]
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        return [alias.asname or alias.name.split(".")[0] for alias in statement.names]
    return []


def plan(entry_point, prompt, reference, read, bound):
    """The judge's own definitions as code, and the names that it takes from the solution."""
    entry_point = entry_point.decode()
    used = [name for name in (entry_point, *dict.fromkeys(read.decode().split("\n"))) if name]
    bound = set(bound.decode().split("\n"))
    unknown = [name for name in used if name not in bound and (name == entry_point or not hasattr(builtins, name))]
    shadowed = [name for name in used if name not in bound and name not in unknown]
    if set(unknown) <= {entry_point} and not shadowed_by(reference, shadowed):
        return b"", "\n".join(unknown)
    given, reference = parsed(prompt), parsed(reference)
    given = [statement for statement in given if entry_point not in defined(statement)]
    # A class of the prompt is the solution's: its objects go back and forth.
    given = [statement for statement in given if defined(statement) and not isinstance(statement, ast.ClassDef)]
    # A solution may define what is a builtin elsewhere: it is the solution's then, as it would be with one interpreter.
    own = {name for statement in reference for name in defined(statement)}
    wanted = unknown + [name for name in shadowed if name in own]
    taken = {name for statement in given for name in defined(statement)}.intersection(wanted)
    body = given if taken else []
    for statement in reference:
        names = [name for name in imported(statement) if name in wanted and name not in taken]
        if names and entry_point not in names:
            body.append(statement)
            taken.update(names)
    wanted = [name for name in wanted if name not in taken]
    code = marshal.dumps(compile(ast.Module(body, []), "<prompt>", "exec", 0, True)) if body else b""
    return code, "\n".join(dict.fromkeys(wanted))


def shadowed_by(reference, names):
    """Whether the reference's text may define one of these builtins."""
    text = reference.decode()
    star = "import *" in text
    return any(star or f"def {name}" in text or f"{name} =" in text or f"class {name}" in text for name in names)
