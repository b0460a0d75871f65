"""A configuration against the table of keys: what it lacks, and what it has that cannot be."""

import copy
import difflib
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from ml_collections import ConfigDict, FrozenConfigDict
from ml_collections.config_dict import RequiredValueError

from alexnet_jax.configuration.keys import KEYS, Group, by_name, default_of
from alexnet_jax.configuration.kinds import accepted
from alexnet_jax.errors import UserError

# A key as it is typed after --config., with its text; True or False is what has none, as
# --config.mesh.hybrid and --noconfig.mesh.hybrid.
Typed = tuple[str, str | bool]
EVERY = dict(by_name())


def complete(
    config: Mapping[str, Any] | ConfigDict, values: Mapping[str, Any] = MappingProxyType({})
) -> ConfigDict:
    """A copy with every key, each of its own type.

    Its value is that in `values`, by dotted name; else what `config` has; else the default. Values
    that depend on others (`get_ref`) follow them. Fields of the copy can be changed, none added.
    Raises UserError, naming the key, for one that there is not and for a value that cannot be.
    """
    found: ConfigDict
    plain = isinstance(config, ConfigDict) and not isinstance(config, FrozenConfigDict)
    found = copy.deepcopy(config) if plain else ConfigDict(config)
    try:
        found.unlock()
        with found.ignore_type():
            _fill(found, KEYS, "")
            found.update_from_flattened_dict(dict(values))
            _settle(found, KEYS, "")
        return found.lock()
    except RequiredValueError:
        raise UserError("a value is required_placeholder; the file has to set it") from None


def takes_no_text(name: str) -> bool:
    """Whether a key may be typed without a value."""
    return name in EVERY and EVERY[name].kind.plain is bool


def typed_values(typed: Sequence[Typed]) -> dict[str, Any]:
    """Each key that was typed, and its value; of a key that was typed twice, the last.

    Raises UserError, naming the key, for one that there is not and for a value that cannot be.
    """
    return {name: _typed_value(name, text) for name, text in typed}


def _typed_value(name: str, text: str | bool) -> Any:
    if isinstance(KEYS.get(name), dict):
        raise UserError(_is_group(name))
    if name not in EVERY:
        raise UserError(_no_key(name))
    kind = EVERY[name].kind
    if isinstance(text, bool) and kind.plain is not bool:
        raise UserError(f"config.{name} is {kind.says}; type --config.{name}=VALUE")
    return accepted(kind, name, text, typed=isinstance(text, str))


def _fill(config: ConfigDict, group: Group, prefix: str) -> None:
    """Adds what is missing."""
    for part in config:
        if part not in group:
            raise UserError(_no_key(f"{prefix}{part}"))
    for part, key in group.items():
        if part not in config:
            config[part] = default_of(key)
        elif isinstance(key, dict):
            if not isinstance(config[part], ConfigDict):
                raise UserError(_is_group(f"{prefix}{part}"))
            _fill(config[part], key, f"{prefix}{part}.")


def _settle(config: ConfigDict, group: Group, prefix: str) -> None:
    """Puts each value as its kind has it."""
    for part, key in group.items():
        name = f"{prefix}{part}"
        if isinstance(key, dict):
            _settle(config[part], key, f"{name}.")
            continue
        value = accepted(key.kind, name, config[part])
        if type(value) is not type(config[part]):
            del config[part]  # a list would stay one
            config[part] = value


def _is_group(name: str) -> str:
    keys = [key for key in EVERY if key.startswith(f"{name}.")]
    return f"config.{name} has no value of its own, its keys have: {', '.join(keys)}"


def _no_key(name: str) -> str:
    """The line about a key that there is not, with the one that may have been meant."""
    last = name.rpartition(".")[2]
    same = [key for key in EVERY if key.rpartition(".")[2] == last]
    close = same or difflib.get_close_matches(name, [*KEYS, *EVERY], 1)
    meant = f", did you mean {close[0]!r}" if close else ""
    return f"no config key {name!r}{meant}; alexnet_jax/configuration/keys.py lists them all"
