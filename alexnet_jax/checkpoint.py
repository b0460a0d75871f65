"""Checkpoints of a run: the latest one to continue from, and the best one by validation error.

Orbax writes each into a temporary directory and renames it when it is complete, so a kill in the
middle of a save leaves the one before it.
"""

from pathlib import Path
from types import TracebackType
from typing import Any

import jax
from orbax.checkpoint import v1 as ocp

from alexnet_jax.errors import UserError
from alexnet_jax.workdir import Workdir

_policies = ocp.training.preservation_policies


def _worst_last(metrics: Any) -> float:
    return -float(metrics["top1_error"])


class Checkpoints:
    """The checkpoints under `workdir`/checkpoints; a context manager that waits for its saves."""

    def __init__(self, workdir: Path):
        self.directory = Workdir(workdir).checkpoints
        self._checkpointer = ocp.training.Checkpointer(
            self.directory.absolute(),
            preservation_policy=_policies.AnyPreservationPolicy(
                [
                    _policies.LatestN(1),
                    _policies.BestN(
                        get_metric_fn=_worst_last, n=1, keep_checkpoints_without_metrics=False
                    ),
                ]
            ),
            cleanup_tmp_directories=True,
        )

    def __enter__(self) -> "Checkpoints":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._checkpointer.close()

    @property
    def latest(self) -> int | None:
        """The step of the newest complete checkpoint; None if there is none."""
        found = self._checkpointer.latest
        return None if found is None else found.step

    @property
    def best(self) -> int | None:
        """The step with the lowest validation top-1 error; the latest where none was measured."""
        scored = [c for c in self._checkpointer.checkpoints if c.metrics is not None]
        if not scored:
            return self.latest
        return max(scored, key=lambda c: (_worst_last(c.metrics), -c.step)).step

    def save(
        self,
        step: int,
        trees: dict[str, Any],
        host: dict[str, Any],
        *,
        top1_error: float | None = None,
    ) -> None:
        """Saves in the background; with `top1_error` (percent) it takes part in the best.

        trees: named pytrees of arrays. host: a JSON dictionary, for what the host keeps between
        steps.
        """
        metrics = None if top1_error is None else {"top1_error": top1_error}
        self._checkpointer.save_checkpointables_async(
            step, dict(trees), force=True, metrics=metrics, custom_metadata={"host": host}
        )

    def wait(self) -> None:
        """Returns when every save asked for is complete on disk."""
        self._checkpointer.wait()

    def restore(self, step: int, like: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """The trees named in `like`, typed as they are there, and the host's dictionary.

        like: named pytrees of arrays or jax.ShapeDtypeStruct; where these name no device, the
        first one is meant.

        Raises:
          UserError: the checkpoint cannot be read, or is of another network.
        """
        here = jax.sharding.SingleDeviceSharding(jax.local_devices()[0])
        target = jax.tree.map(
            lambda x: jax.ShapeDtypeStruct(x.shape, x.dtype, sharding=x.sharding or here), like
        )
        try:
            trees = self._checkpointer.load_checkpointables(step, target)
            metadata = self._checkpointer.checkpointables_metadata(step).custom_metadata
        except Exception as error:
            reason = str(error).strip().splitlines()[0][:200]
            raise UserError(
                f"the checkpoint of step {step} in {self.directory} cannot be read ({reason}); "
                "remove that step's folder to continue from an earlier one, or start a new run"
            ) from error
        return trees, metadata["host"]
