"""What can be run where there is no ImageNet: the ImageNet rows on Imagenette.

Ten of ImageNet's classes, stored at 144 pixels, crops of 128. Each row says which row it stands
for, and has no number of the paper: a small set answers a smaller question.
"""

from dataclasses import replace
from typing import Any

from experiments.claims.claim import Claim
from experiments.claims.figures import FIGURES
from experiments.claims.printed import ABLATIONS, RESULTS, TABLE_2

SMALL: dict[str, Any] = {
    "data.name": "imagenette/144",
    "model.image": 128,
    "model.classes": 10,
    "batch_size": 64,
    "schedule.weights_lr": 0.005,
    "schedule.biases_lr": 0.01,
    "total_epochs": 30.0,
    "startup_steps": 1000,
}
SCHEDULE = "Half the batch at half the rates, 30 epochs of 91, the same shape of schedule."
BASELINE = "imagenette_baseline"


def imagenette(row: Claim, **fields: Any) -> Claim:
    """The same change on Imagenette."""
    fields = {"id": f"imagenette_{row.id}", "baseline": BASELINE} | fields
    return replace(
        row,
        section="beyond",
        data="Imagenette",
        split="test",
        source=f"none of its own; {row.id} has {row.source}",
        printed=(None,) * len(row.metrics),
        logged=(None,) * len(row.metrics),
        overrides={} if row.config is None else {**row.overrides, **SMALL},
        stands_for=row.id,
        **fields,
    )


NOT_HERE = ("half_net_time", "no_dropout_time")  # the first needs GPUs, the second a long run
CENTRE = next(row for row in RESULTS if row.id == "centre_view")
FIG_3 = next(row for row in FIGURES if row.id == "fig3")
ROWS: tuple[Claim, ...] = (
    imagenette(TABLE_2, id=BASELINE, baseline=None),
    imagenette(CENTRE, baseline=None),
    *(imagenette(row) for row in ABLATIONS if row.id not in NOT_HERE),
    imagenette(FIG_3, baseline=None),
)
