"""The report of a run: report.md and its pictures, made from what the run left in its workdir."""

from alexnet_jax.report.document import write_report
from alexnet_jax.report.examples import Examples

__all__ = ["Examples", "write_report"]
