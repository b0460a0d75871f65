"""What a claim is: one testable sentence, as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["error", "difference", "ratio", "count", "figure"]
Metric = Literal[
    "top1",  # error of the split, percent
    "top5",
    "train_top1",  # error of the training images, percent
    "gap",  # top1 minus train_top1, points
    "epochs_to_25",  # epochs until the training error is below 25 percent
    "epochs_to_start",  # epochs until the training loss is below 0.99 ln(classes)
    "epochs_to_converge",  # epochs until the validation error stops improving
    "step_seconds",  # of one training step
    "images_per_second",  # of training steps alone
    "step_bytes",  # of memory that one training step needs at once
    "parameters",  # a count
    "neurons",  # a count, input not included
    "conv_share",  # parameters of the largest convolution, percent of all
    "colour_specialisation",  # difference of the towers' colour variance in conv1
    "picture",  # no number: the figure is the result
]
Numbers = tuple[float | None, ...]


@dataclass(frozen=True)
class Claim:
    """One row. Errors are percent, differences are points, as many numbers as metrics.

    `printed` and `logged` hold None where no such number exists; left out, there is none at all. A
    text that says only "worse" or "substantial" has no number; its words are the statement.
    """

    id: str
    """Unique; what one types after `run`."""
    section: str
    """Of the paper ("3.3", "Table 1"), "notes" (2012 experiments), "classroom" (d2l.ai) or
    "beyond" (none of these)."""
    statement: str
    """What is said, in a line."""
    kind: Kind = "error"
    """What `printed` is: an error rate; this row minus its baseline; over its baseline; a count."""
    metrics: tuple[Metric, ...] = ("top1", "top5")
    data: str = "ILSVRC-2012"
    """The data set that the number was measured on, by its published name."""
    split: str = "val"
    """Its published split; ILSVRC-2012 `val` is the stored split `test` (docs/data.md)."""
    source: str = ""
    """Where the numbers stand: a file of the release, `layers/` left out; without, the section."""
    printed: Numbers = ()
    """In the paper; in a stand-in or a note, None."""
    logged: Numbers = ()
    """By the authors' code, unrounded; cuda-convnet's whole percents as they are. Always this
    row's own rates, also where `printed` is a difference; subtract those of the baseline."""
    views: int | None = None
    """Crops averaged at test: 10, 9 or 1; None where the metric needs none."""
    decimals: int = 1
    """Of `printed`."""
    config: str | None = None
    """As typed after --config, variants included; None where it cannot be expressed yet."""
    overrides: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """As typed after --config., by dotted key."""
    sweep: tuple[float, ...] = ()
    """Rates schedule.weights_lr to try, of which the best counts; biases learn at twice that."""
    baseline: str | None = None
    """The row that this one is compared with: the same data set, split and number of views."""
    seeds: int = 3
    """Wanted. One run says nothing of what another seed would have given."""
    stands_for: str | None = None
    """The row that needs ImageNet for which this is a smaller stand-in; never its number."""
    figure: str = ""
    """What `python -m experiments figures` draws for it: fig2, fig3, fig4."""
    trains: bool = True
    """False for what is a property of the net itself."""
    starts_from: str | None = None
    """The row whose run of the same seed has learned its first parameters (config.start_from)."""
    runs_of: str | None = None
    """The row of the same configuration whose runs are this row's; None where it has its own."""
    members: Mapping[str, int] = field(default_factory=dict, hash=False)
    """Of an ensemble: row -> how many of its seeds are averaged. It has no configuration."""
    searched: bool = False
    """Whether the members' weights are searched on the held-out part; else they are equal."""
    needs: str = ""
    """What has to be written or obtained before this can be run; "" if nothing but the data."""

    def __post_init__(self) -> None:
        section = f"Section {self.section}" if self.section[:1].isdigit() else self.section
        object.__setattr__(self, "source", self.source or section)
        for name in ("printed", "logged"):
            object.__setattr__(self, name, getattr(self, name) or (None,) * len(self.metrics))
