"""The one exception that is meant for the person at the keyboard."""


class UserError(Exception):
    """Something the user can put right: one line that says what is wrong, where, and what to do.

    The command line prints the message without a traceback and exits with status 1. Anything
    else that is raised is a fault of this package and shows its traceback.
    """
