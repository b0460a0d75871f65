"""What was trained, and with what, where and how fast."""

import re
import statistics
from typing import Any

from alexnet_jax.configuration import current, defaults, flat
from alexnet_jax.report.blocks import Block, Bold, Code, Paragraph, Table, Text, joined
from alexnet_jax.report.markdown import NOT_RUN, seconds
from alexnet_jax.report.records import Record, Records


def settings(records: Records, parameters: int | None) -> list[Block]:
    """The whole configuration, a row to a part; what a command line has set is bold.

    A key that is unset is left out.
    """
    parts: dict[str, Record] = {"run": {}}
    for key, value in records.config.items():
        if isinstance(value, dict):
            leaves = flat(value).items()
            parts[key] = {f"{key}.{inner}": leaf for inner, leaf in leaves if leaf is not None}
        else:
            parts["run"][key] = value
    given = _given_on_command_line(records.sessions)
    rows: list[list[Text]] = [
        [part, joined([_setting(part, key, value, key in given) for key, value in keys.items()])]
        for part, keys in parts.items()
        if keys
    ]
    said = [] if parameters is None else [f"{parameters:,} parameters."]
    blocks: list[Block] = [*map(Paragraph, said), Table(["part", "settings"], rows)]
    if any(key in given for keys in parts.values() for key in keys):
        blocks.append(Paragraph("Bold: set on the command line."))
    return blocks


def differing(records: Records) -> Table:
    """The keys that are not as `configuration.defaults` has them; bold as in `settings`."""
    given = _given_on_command_line(records.sessions)
    usual, here = flat(current(defaults().to_dict())), flat(records.config)
    rows: list[list[Text]] = [
        [Bold(key) if key in given else key, Code(value_text(value)), _usual(usual.get(key))]
        for key, value in here.items()
        if value != usual.get(key)
    ]
    return Table(["key", "here", "default"], rows)


def provenance(records: Records) -> Table:
    """The sessions of the run: all that is needed to run it again."""
    rows: list[list[Text]] = []
    for number, session in enumerate(records.sessions, start=1):
        which = f" (session {number})" if len(records.sessions) > 1 else ""
        rows += [[name + which, value] for name, value in _session(session)]
    rows.append(["seed", str(records.config["seed"])])
    if records.start:
        rows.append(["first parameters", _started_from(records.start)])
    return Table(["", ""], rows)


def speed(records: Records) -> Table:
    """Speed over the log lines, and where the time of all sessions went."""
    lines = records.speed
    rates = [r["images_per_second"] for r in lines if r.get("images_per_second")]
    stepping = sum(r.get("seconds", 0.0) for r in lines)
    waiting = sum(r.get("seconds", 0.0) * r.get("loader_share", 0.0) for r in lines)
    compiling = [r["compile_seconds"] for r in lines if "compile_seconds" in r]
    totals = [r["total_seconds"] for r in lines if "total_seconds" in r]
    said = NOT_RUN
    if rates and stepping:
        said = (
            f"{statistics.median(rates):.1f} images/s (median of the log lines), "
            f"{100 * waiting / stepping:.1f} % of the time waiting for data"
        )
    rows = [
        ["speed", said],
        ["time in training steps", seconds(stepping) if stepping else NOT_RUN],
        ["time compiling", seconds(sum(compiling)) if compiling else NOT_RUN],
    ]
    if totals:
        rows.append(["time of the whole command", seconds(sum(totals))])
    return Table(["", ""], rows)


def value_text(value: Any) -> str:
    """The value of a key, as one reads it."""
    if isinstance(value, list):
        return f"[{', '.join(map(value_text, value))}]"
    return str(value) if value != "" else '""'


def _usual(value: Any) -> Text:
    return "unset" if value is None else Code(value_text(value))


def _started_from(start: Record) -> Text:
    unfinished: list[str | Bold] = (
        [] if start["finished"] else [", ", Bold("whose training was not finished")]
    )
    return [
        f"{start['layers'][0]} to {start['layers'][-1]}: those of ",
        Code(start["workdir"]),
        " (configuration ",
        Code(start["config"]),
        f") after step {start['step']}",
        *unfinished,
        "; the rest from the seed",
    ]


def _setting(part: str, key: str, value: Any, given: bool) -> Text:
    text: list[str | Code] = [f"{key.removeprefix(part + '.')} ", Code(value_text(value))]
    return Bold(text) if given else text


def _given_on_command_line(sessions: list[Record]) -> set[str]:
    """The config keys that --config.key=value has set, in any session."""
    commands = [session.get("command", "") for session in sessions]
    return {key for command in commands for key in re.findall(r"--config\.([\w.]+)", command)}


def _session(session: Record) -> list[tuple[str, Text]]:
    dirty = [", ", Bold("with uncommitted changes")] if session.get("dirty") else []
    versions = {"python": session.get("python", "?"), **session.get("versions", {})}
    return [
        ("command", Code(session.get("command", "?"))),
        ("started", f"{session.get('time', '?')}, from step {session.get('start_step', '?')}"),
        ("commit", [Code(session.get("commit", "?")), *dirty]),
        ("device", session.get("device", "?")),
        ("machine", f"{session.get('cpu', '?')}, {session.get('cores', '?')} cores"),
        ("versions", ", ".join(f"{name} {version}" for name, version in versions.items())),
        *_environment(session.get("environment", {})),
    ]


def _environment(variables: Record) -> list[tuple[str, Text]]:
    said = " ".join(f"{name}={value}" for name, value in variables.items())
    return [("environment", Code(said))] if said else []
