"""The type checker of the tests: beartype, which writes the checks of a function only once.

jaxtyping hands over a function that has nothing but the annotations of one of ours, anew for every
closure. Writing its checks again took a fifth of the time of tests/configuration/test_keys.py.
"""

from collections.abc import Callable
from typing import Any

from beartype import beartype

_written: dict[tuple[str, ...], Callable[..., Any]] = {}


def checked(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, or an equal one of before, that raises an exception for other types."""
    annotations = map(repr, function.__annotations__.values())  # shapes are other objects each time
    names = function.__code__.co_varnames
    key = (function.__module__, function.__qualname__, *names, *annotations)
    if key not in _written:
        _written[key] = beartype(function)
    return _written[key]
