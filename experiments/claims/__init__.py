"""Every testable sentence of the paper and every logged 2012 result, by id.

`printed` and `figures` have the paper's rows, `notes` those of the 2012 notes (notes.md),
`classroom` those of d2l.ai's book, `stand_ins` what can be run where there is no ImageNet. Numbers
of `alexnet_jax.paper` are taken from there.
"""

from experiments.claims import classroom, figures, notes, printed, stand_ins
from experiments.claims.claim import Claim

ROWS: tuple[Claim, ...] = (
    *printed.ROWS,
    *figures.ROWS,
    *notes.ROWS,
    *classroom.ROWS,
    *stand_ins.ROWS,
)
CLAIMS: dict[str, Claim] = {row.id: row for row in ROWS}

__all__ = ["CLAIMS", "ROWS", "Claim"]
