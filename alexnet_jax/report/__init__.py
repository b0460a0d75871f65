"""The report of a run: report.html and report.md, made from what the run left in its workdir."""

from alexnet_jax.report.document import write_report

__all__ = ["write_report"]
