"""Rewrites the assertions of tests: each gives its values in its message when it fails, and is counted when it holds."""

import ast

from _proofhouse_text import VALUE, cut


def explain(body, lines):
    """Gives every assertion among these statements, and below them, a message with the values that it compared, and
    answers how many there are.

    Only statements are walked, since expressions hold none, and tests have large ones."""
    count = 0
    for position in range(len(body) - 1, -1, -1):
        node = body[position]
        if type(node) is ast.Assert:
            body[position : position + 1] = explained(node, lines)
            count += 1
            continue
        for field in ("body", "orelse", "finalbody", "handlers", "cases"):
            inner = getattr(node, field, None)
            if type(inner) is list:
                count += explain(inner, lines)
    return count


def explained(node, lines):
    place = {name: getattr(node, name) for name in ("lineno", "col_offset", "end_lineno", "end_col_offset")}

    def name(text, context):
        return ast.Name(text, context, **place)

    test = node.test
    if type(test) is ast.Compare and len(test.ops) == 1:
        values = {"@left": test.left, "@right": test.comparators[0]}
        held = ast.Compare(name("@left", ast.Load()), test.ops, [name("@right", ast.Load())], **place)
    else:
        values = {"@value": test}
        held = name("@value", ast.Load())
    if test.lineno == test.end_lineno:
        source = lines[test.lineno - 1].encode()[test.col_offset : test.end_col_offset].decode()
    else:
        source = lines[test.lineno - 1].encode()[test.col_offset :].decode().rstrip() + " …"
    source = ast.Constant(cut("assert " + source, VALUE + VALUE), **place)
    arguments = [source, node.msg or ast.Constant("", **place)]
    arguments += [name(value, ast.Load()) for value in values]
    raising = ast.Raise(ast.Call(name("@failure", ast.Load()), arguments, [], **place), None, **place)
    statements = [ast.Assign([name(text, ast.Store())], value, **place) for text, value in values.items()]
    counting = ast.Expr(ast.Call(name("@held", ast.Load()), [], [], **place), **place)
    statements.append(ast.If(held, [counting], [raising], **place))
    return statements
