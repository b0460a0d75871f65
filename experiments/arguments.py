"""Types of arguments that are paths, for argparse: the rule of `alexnet_jax.paths`."""

from pathlib import Path

from alexnet_jax.paths import user_path


def a_path(text: str) -> Path:
    """Raises UserError for what is no path."""
    return user_path(text, "a path that was given")


def a_path_as_text(text: str) -> str:
    """The same, for an argument that is handed on to other programs."""
    return str(a_path(text))
