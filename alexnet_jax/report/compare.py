"""Several runs side by side: what sets them apart, and the errors they came to."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from alexnet_jax.configuration import flat
from alexnet_jax.interval import mean_interval, wilson_interval
from alexnet_jax.report.markdown import NOT_RUN, table
from alexnet_jax.workdir import Workdir

SCORES = ("test_ten_top1_error", "test_centre_top1_error")


def compare(workdirs: Sequence[Path]) -> str:
    """Two Markdown tables: each run with its test error, then each configuration over its seeds.

    The columns before are the keys in which the runs differ, the seed and the mesh apart. A run's
    interval is that of its counted errors, a configuration's is Student's, of its seeds; both 95 %.

    Raises UserError for a folder that is no run's.
    """
    runs = [Workdir(path) for path in workdirs]
    settings = [flat(run.config()) for run in runs]
    keys = [key for key in settings[0] if len({repr(x.get(key)) for x in settings}) > 1]
    keys = [key for key in keys if key != "seed" and not key.startswith("mesh.")]
    rows, groups = [], dict[tuple[str, ...], list[float]]()
    for path, run, found in zip(workdirs, runs, settings, strict=True):
        cells = tuple(str(found[key]) for key in keys)
        rows.append((str(path), *cells, str(found["seed"]), *_result(run)))
        tests = run.tests()
        groups.setdefault(cells, [])
        if tests:
            groups[cells].append(tests[-1][SCORES[0]])
    header = ("run", *keys, "seed", "test top-1 error, ten views", "one view", "state")
    overall = (*keys, "finished seeds", "mean test top-1 error, ten views", "95 % interval")
    return "\n\n".join([table(header, rows), table(overall, _over_seeds(groups))])


def _result(run: Workdir) -> tuple[str, str, str]:
    lines, tests = run.metrics(), run.tests()
    step = lines[-1]["step"] if lines else 0
    if not tests:
        return NOT_RUN, NOT_RUN, f"at step {step}"
    ten, centre = (_counted(tests[-1][key], tests[-1]["test_n"]) for key in SCORES)
    return ten, centre, f"finished, step {step}"


def _counted(error: float, n: int) -> str:
    low, high = wilson_interval(round(error * n / 100), n)
    return f"{error:.2f} % ({low:.2f} to {high:.2f})"


def _over_seeds(groups: dict[tuple[str, ...], list[float]]) -> Iterable[tuple[str, ...]]:
    for cells, errors in groups.items():
        if not errors:
            yield (*cells, "0", NOT_RUN, NOT_RUN)
            continue
        mean = mean_interval(errors)
        around = f"{mean.low:.2f} to {mean.high:.2f}" if mean.n > 1 else "of one seed there is none"
        yield (*cells, str(mean.n), f"{mean.mean:.2f} %", around)
