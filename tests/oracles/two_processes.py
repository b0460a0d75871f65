"""One of two processes that train the small net on meshes over both, and keep what came out.

    python -m oracles.two_processes PORT PROCESS_ID FOLDER DATA,TOWER[,hybrid] ...

The first process writes FOLDER/MESH.npz, the arrays of the state after five steps. Both save the
last mesh's state after three steps as a checkpoint in FOLDER, and take its first layers over as
those of another run: taken.npz.
"""

import sys
from pathlib import Path

import jax
import numpy as np

from alexnet_jax.checkpoint import Checkpoints
from alexnet_jax.pretrained import Pretrained, read_pretrained
from alexnet_jax.processes import first, together, whole
from alexnet_jax.resume import as_trees
from oracles.small_net import TWO_TOWERS, place, trained

LAYERS = tuple(layer.name for layer in TWO_TOWERS.weighted[:-1])


def mesh_of(text):
    data, tower, *hybrid = text.split(",")
    return (int(data), int(tower), bool(hybrid))


def main(port, process, folder, meshes):
    with together(f"localhost:{port}", 2, int(process)):
        for text in meshes:
            state = whole(trained(TWO_TOWERS, mesh_of(text)))
            if first():
                np.savez(Path(folder) / f"{text}.npz", *jax.tree.leaves(state))
        with Checkpoints(Path(folder)) as checkpoints:
            early = trained(TWO_TOWERS, mesh_of(meshes[-1]), steps=3)
            checkpoints.save(3, as_trees(early), {})
            checkpoints.wait()
        found = Pretrained(Path(folder), "", 3, True, TWO_TOWERS, LAYERS)
        _, taken = read_pretrained(found, place(mesh_of(meshes[-1]), TWO_TOWERS))
        arrays = jax.tree.leaves(whole(taken))
        if first():
            np.savez(Path(folder) / "taken.npz", *arrays)


if __name__ == "__main__":
    main(*sys.argv[1:4], sys.argv[4:])
