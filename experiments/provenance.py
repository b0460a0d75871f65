"""What a run's number depends on: seed, configuration, commit, versions, device."""

import re
from pathlib import Path
from typing import Any

from alexnet_jax.errors import UserError
from alexnet_jax.runlog import environment
from alexnet_jax.workdir import Workdir, config_checksum

KEPT = ("commit", "versions", "python", "device", "cpu", "cores", "environment", "time")


def of_run(workdir: Path, *, dirty: bool = False) -> dict[str, Any]:
    """Of the run's last session; `commits` are those of all of them.

    dirty: whether a run from uncommitted changes will do. `command` is without the machine's
    folders. Raises UserError for a run without a commit or, unless they will do, from uncommitted
    changes.
    """
    run = Workdir(workdir)
    config, sessions = run.config(), run.sessions()
    changed = any(s["dirty"] or s["commit"] == "unknown" for s in sessions)
    if changed and not dirty:
        raise UserError(f"{workdir} was trained from uncommitted changes; commit and run it anew")
    last = sessions[-1]
    return {
        "seed": config["seed"],
        "config": config_checksum(config),
        "dirty": changed,
        **{key: last.get(key) for key in KEPT},  # old sessions have no environment
        "commits": sorted({s["commit"] for s in sessions}),
        "command": without_folders(last["command"]),
        "sessions": len(sessions),
    }


def here() -> dict[str, Any]:
    """Of this process: commit, versions, device, and its command without the machine's folders."""
    found = environment()
    return found | {"command": without_folders(found["command"])}


def without_folders(command: str) -> str:
    """The command with WORKDIR and FOLDER in place of the folders it was given."""
    command = re.sub(r"(--workdir[ =]|--config.start_from=)\S+", r"\1WORKDIR", command)
    return re.sub(r"(--(?:out|workdirs|data_dir)[ =])\S+", r"\1FOLDER", command)
