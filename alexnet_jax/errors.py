"""The one exception that is meant for the person at the keyboard."""


class UserError(Exception):
    """Something the user can put right: one line that says what is wrong, where, and what to do.

    The command line prints the message without a traceback and exits with status 1. Anything
    else that is raised is a fault of this package and shows its traceback.

    Whatever is quoted in it (a name with a line's end in it, bytes that are no text, the message of
    another library), it is one line that any terminal can show.

    Examples:
        >>> import alexnet_jax as ax
        >>> str(ax.UserError("no file 'a\\nb'"))
        "no file 'a b'"
    """

    def __init__(self, message: str):
        super().__init__(printable(" ".join(message.splitlines())))


def printable(text: str) -> str:
    """One line that a terminal can show: control characters, undecodable bytes are escaped."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def failure(error: BaseException) -> str:
    """Type and message of what code of a user's own raised, or of what that calls."""
    try:
        said = str(error).strip()
    except Exception:  # also its __str__ is the user's
        said = ""
    return f"{type(error).__name__}: {said}" if said else type(error).__name__
