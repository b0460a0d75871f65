"""Every testable sentence of the paper and every logged 2012 result, by id.

The tables imagenet.md and figures.md have the paper's rows, notes.md those of the 2012 notes,
classroom.md those of d2l.ai's book; `stand_ins` has what can be run where there is no ImageNet, and
`on_imagenette` what 2012 did not ask. `nets` are networks that some of the notes' rows name.
Numbers of `alexnet_jax.paper` are taken from there.
"""

from experiments.claims import stand_ins
from experiments.claims.claim import Claim
from experiments.claims.tables import CLASSROOM, FIGURES, NOTES, PAPER

ROWS: tuple[Claim, ...] = (*PAPER, *FIGURES, *NOTES, *CLASSROOM, *stand_ins.ROWS)
CLAIMS: dict[str, Claim] = {row.id: row for row in ROWS}

__all__ = ["CLAIMS", "ROWS", "Claim"]
