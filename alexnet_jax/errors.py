"""The one exception that is meant for the person at the keyboard."""


class UserError(Exception):
    """Something the user can put right: one line that says what is wrong, where, and what to do.

    The command line prints the message without a traceback and exits with status 1. Anything
    else that is raised is a fault of this package and shows its traceback.
    """

    def __str__(self) -> str:
        """One line, whatever the names of files are that it has in it."""
        return printable(super().__str__())


def printable(text: str) -> str:
    """One line that a terminal can show: no control characters, no undecodable bytes."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
