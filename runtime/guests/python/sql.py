"""Runs SQL on SQLite, over a database of the task's, and says what came of it.

A value is a letter and its text: n(ull), i(nteger), f(loat), t(ext), b(lob).
"""

import sqlite3

# Rows of one result: tasks have few, and an endless query ends here or out of fuel.
ROWS = 10_000
SYNTAX = ("syntax error", "incomplete input", "unrecognized token", "unterminated")


class TooManyRows(Exception):
    """A result that nobody compares."""


def statements(text):
    """The statements of a script. One ends at a `;` where SQLite takes what stands before it for complete."""
    begun = 0
    for position, letter in enumerate(text):
        if letter == ";" and sqlite3.complete_statement(text[begun : position + 1]):
            yield text[begun : position + 1]
            begun = position + 1
    if text[begun:].strip():
        yield text[begun:]


def last_rows(connection, text):
    """Runs a script; the columns and rows of its last statement that has any."""
    columns, rows = (), []
    for statement in statements(text):
        cursor = connection.execute(statement)
        if cursor.description is not None:
            columns, rows = [column[0] for column in cursor.description], cursor.fetchmany(ROWS + 1)
    if len(rows) > ROWS:
        raise TooManyRows(f"more than {ROWS} rows")
    return columns, rows


def packed(value):
    if value is None:
        return b"n"
    if type(value) is bytes:
        return b"b" + value
    letter = {int: "i", float: "f"}.get(type(value), "t")
    return (letter + str(value)).encode("utf-8", "surrogateescape")


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def structure(connection, name):
    """What a table is made of, a line each; names of indexes and the order of their making don't count."""
    asked = quoted(name)
    lines = []
    for _, column, kind, required, default, key, hidden in connection.execute(f"PRAGMA main.table_xinfo({asked})"):
        said = [f"column {column}", kind.upper(), "NOT NULL" if required else "", f"PRIMARY KEY {key}" if key else ""]
        said += [f"DEFAULT {default}" if default is not None else "", "GENERATED" if hidden else ""]
        lines.append(" ".join(filter(None, said)))
    for _, index, unique, _, partial, *_ in connection.execute(f"PRAGMA main.index_list({asked})").fetchall():
        parts = connection.execute(f"PRAGMA main.index_xinfo({quoted(index)})").fetchall()
        names = ", ".join(f"{part[2] or 'expression'}{' DESC' if part[3] else ''}" for part in parts if part[5])
        lines.append(f"{'unique ' if unique else ''}{'partial ' if partial else ''}index on {names}")
    for key in connection.execute(f"PRAGMA main.foreign_key_list({asked})").fetchall():
        lines.append(f"foreign key {key[3]} to {key[2]}({key[4]}) on update {key[5]} on delete {key[6]}")
    return "\n".join(sorted(lines))


def settle(connection):
    """Ends what a program left open: a transaction that it did not commit is none, and what is temporary goes with it."""
    if connection.in_transaction:
        connection.execute("ROLLBACK")
    asked = "SELECT type, name FROM temp.sqlite_master WHERE type IN ('table', 'view', 'trigger') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    for kind, name in connection.execute(asked).fetchall():
        connection.execute(f"DROP {kind} IF EXISTS temp.{quoted(name)}")


def tables(connection):
    """Every table and view with its structure and rows, and every trigger with what it is on."""
    asked = """SELECT name, type, tbl_name FROM main.sqlite_master
        WHERE type IN ('table', 'view', 'trigger') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type, name"""
    for name, kind, owner in connection.execute(asked).fetchall():
        if kind == "trigger":
            yield f'trigger "{name}":', f"on {owner}", []
        else:
            made = structure(connection, name)
            yield f'{kind} "{name}":', made, last_rows(connection, f"SELECT * FROM main.{quoted(name)}")[1]


def run(schema, rows, program, query, compare, answer):
    """The columns and rows that are compared; or every table, as a name, its structure and its rows."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.text_factory = lambda text: text.decode("utf-8", "surrogateescape")
    try:
        for given in (schema, rows):
            connection.executescript(given.decode())
    except sqlite3.Error as error:
        return answer("raised", "TaskError", f"in the task's schema or rows: {error}", "", "")
    try:
        columns, found = last_rows(connection, program.decode("utf-8", "replace"))
        settle(connection)
        if query:
            columns, found = last_rows(connection, query.decode())
    except sqlite3.Error as error:
        if type(error) is sqlite3.OperationalError and any(words in str(error) for words in SYNTAX):
            return answer("syntax", str(error))
        raise
    if compare == b"database":
        made = [answer(name, lines, table(found, answer)) for name, lines, found in tables(connection)]
    else:
        made = [answer(*columns), table(found, answer)]
    return answer("ok", answer(*made))


def table(rows, answer):
    return answer(*(answer(*map(packed, row)) for row in rows))
