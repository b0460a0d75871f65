"""What was trained, and with what, where and how fast, as Markdown."""

import re
import statistics
from typing import Any

from alexnet_jax.configuration import flat
from alexnet_jax.report.markdown import NOT_RUN, code, seconds, table
from alexnet_jax.report.records import Record, Records


def settings(records: Records, parameters: int | None) -> str:
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
    rows = [
        [part, ", ".join(_setting(part, key, value, key in given) for key, value in keys.items())]
        for part, keys in parts.items()
        if keys
    ]
    text = [] if parameters is None else [f"{parameters:,} parameters."]
    text.append(table(["part", "settings"], rows))
    if any(key in given for keys in parts.values() for key in keys):
        text.append("Bold: set on the command line.")
    return "\n\n".join(text)


def provenance(records: Records) -> str:
    """The sessions of the run and their speed: all that is needed to run it again."""
    rows = []
    for number, session in enumerate(records.sessions, start=1):
        which = f" (session {number})" if len(records.sessions) > 1 else ""
        rows += [[name + which, value] for name, value in _session(session)]
    rows.append(["seed", str(records.config["seed"])])
    if records.start:
        rows.append(["first parameters", _started_from(records.start)])
    return table(["", ""], [*rows, *_speed(records.speed)])


def _started_from(start: Record) -> str:
    unfinished = "" if start["finished"] else ", **whose training was not finished**"
    return (
        f"{start['layers'][0]} to {start['layers'][-1]}: those of {code(start['workdir'])} "
        f"(configuration {code(start['config'])}) after step {start['step']}{unfinished}; the rest "
        "from the seed"
    )


def _setting(part: str, key: str, value: Any, given: bool) -> str:
    text = f"{key.removeprefix(part + '.')} {code(_value(value))}"
    return f"**{text}**" if given else text


def _value(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    return str(value) if value != "" else '""'


def _given_on_command_line(sessions: list[Record]) -> set[str]:
    """The config keys that --config.key=value has set, in any session."""
    commands = [session.get("command", "") for session in sessions]
    return {key for command in commands for key in re.findall(r"--config\.([\w.]+)", command)}


def _session(session: Record) -> list[tuple[str, str]]:
    dirty = ", **with uncommitted changes**" if session.get("dirty") else ""
    versions = {"python": session.get("python", "?"), **session.get("versions", {})}
    return [
        ("command", code(session.get("command", "?"))),
        ("started", f"{session.get('time', '?')}, from step {session.get('start_step', '?')}"),
        ("commit", f"{code(session.get('commit', '?'))}{dirty}"),
        ("device", session.get("device", "?")),
        ("machine", f"{session.get('cpu', '?')}, {session.get('cores', '?')} cores"),
        ("versions", ", ".join(f"{name} {version}" for name, version in versions.items())),
        *_environment(session.get("environment", {})),
    ]


def _environment(variables: Record) -> list[tuple[str, str]]:
    said = " ".join(f"{name}={value}" for name, value in variables.items())
    return [("environment", code(said))] if said else []


def _speed(lines: list[Record]) -> list[list[str]]:
    """Speed over the log lines, and where the time of all sessions went."""
    rates = [r["images_per_second"] for r in lines if r.get("images_per_second")]
    stepping = sum(r.get("seconds", 0.0) for r in lines)
    waiting = sum(r.get("seconds", 0.0) * r.get("loader_share", 0.0) for r in lines)
    compiling = [r["compile_seconds"] for r in lines if "compile_seconds" in r]
    totals = [r["total_seconds"] for r in lines if "total_seconds" in r]
    speed = NOT_RUN
    if rates and stepping:
        speed = (
            f"{statistics.median(rates):.1f} images/s (median of the log lines), "
            f"{100 * waiting / stepping:.1f} % of the time waiting for data"
        )
    rows = [
        ["speed", speed],
        ["time in training steps", seconds(stepping) if stepping else NOT_RUN],
        ["time compiling", seconds(sum(compiling)) if compiling else NOT_RUN],
    ]
    return [*rows, ["time of the whole command", seconds(sum(totals))]] if totals else rows
