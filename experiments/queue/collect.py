"""Brings finished results into the checkout, each once, and never in the place of another file."""

import os
from pathlib import Path

from experiments.queue.folder import RESULTS, Folder, State


def collect(folder: Folder, state: State) -> None:
    """All that have not been brought yet. One that the user has removed there does not return."""
    for path in sorted(folder.results.glob("*/*.json")):
        place = path.relative_to(folder.results).as_posix()
        if place in state.collected:
            continue
        target = folder.root / RESULTS / place
        if not bring(path, target) and path.read_bytes() != target.read_bytes():
            print(f"{target} is there already and stays; the queue's own is {path}", flush=True)
        state.collected.append(place)
        folder.note(state)


def bring(path: Path, target: Path) -> bool:
    """Copies the file whole; False if there was one already, which stays as it is."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(target.name + ".tmp")
    temporary.write_bytes(path.read_bytes())
    try:
        os.link(temporary, target)  # fails where a rename would replace
    except FileExistsError:
        return False
    finally:
        temporary.unlink()
    return True
