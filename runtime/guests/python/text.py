"""Values as they stand in messages."""

# Characters of a message, of a value in it, and of a traceback: enough to see what happened.
MESSAGE, VALUE, TRACEBACK = 2000, 200, 8000


def cut(text, length):
    return text if len(text) <= length else text[:length] + "…"


def shown(value):
    try:
        return cut(repr(value), VALUE)
    except Exception as error:
        return f"<a {type(value).__name__} whose repr raises {type(error).__name__}>"
