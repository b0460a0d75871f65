"""Checkpoints of a run: read by anyone, written by the one that trains.

N/                          the state after step N, complete: it gets this name when it is
N.orbax-checkpoint-tmp/     one that is being written, or was when the run was killed
N.damaged/                  one that could not be read when the run went on

Orbax writes them. With each goes a note: what the host keeps between steps, the validation error,
how many lines the logs had, and a checksum of each array and of the note.
"""

from alexnet_jax.checkpoint.contents import NotFinite
from alexnet_jax.checkpoint.saving import GOES_ON, Checkpoints, SaveFailed
from alexnet_jax.checkpoint.stored import Loaded, Stored, Unreadable

__all__ = ["GOES_ON", "Checkpoints", "Loaded", "NotFinite", "SaveFailed", "Stored", "Unreadable"]
