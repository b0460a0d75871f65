"""`python -m experiments.complexity` draws docs/images/complexity.png and writes the tables."""

import sys
from pathlib import Path

from alexnet_jax.report.style import look, save
from experiments import readme
from experiments.complexity.figure import complexity_figure

IMAGE = Path(__file__).parents[2] / "docs" / "images" / "complexity.png"


def main() -> int:
    """Status 0, or that of the tables."""
    with look():
        save(complexity_figure(), IMAGE)
    return readme.main([])


if __name__ == "__main__":
    sys.exit(main())
