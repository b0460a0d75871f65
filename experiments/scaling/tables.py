"""The tables of docs/scaling.md: functions of the record of `measure`."""

import statistics

from alexnet_jax.models.zoo import MODELS
from alexnet_jax.report.markdown import table
from alexnet_jax.sharding import Layout
from experiments.scaling import published
from experiments.scaling.cases import HALF, TWO_TOWERS, Case
from experiments.scaling.formulas import cost, exchanges
from experiments.scaling.model import Result, fitted, layouts, speedup, steps

DEVICES = tuple(2**i for i in range(1, 11))
PER_DEVICE = 128  # images; the batch of 2012, and of the published table on one GPU


def bytes_table(run: Result) -> str:
    """What each device sends in a step: read from the compiled program, and by formula."""
    lines = []
    for one in run["compiled"]:
        case = Case.of(one)
        counts = ", ".join(f"{n} {kind}" for kind, n in sorted(one["count"].items()))
        formula = sum(x.sent_bytes for x in exchanges(case.net, case.layout, case.batch))
        read = sum(one["sent_bytes"].values())
        lines.append([f"{mesh(case.layout)}, {case.batch}", counts, exact(read), exact(formula)])
    header = ("mesh, batch", "exchanges in the program", "MB sent", "MB by formula")
    return table(header, lines, "lr")


def formulas_table() -> str:
    """MB that each device sends in a step of the two-tower net, by where, both directions."""
    columns = {
        f"{mesh(case.layout)}, {case.batch}": exchanges(case.net, case.layout, case.batch)
        for case in (
            Case(TWO_TOWERS, 1, 2, False, PER_DEVICE),
            *(Case(TWO_TOWERS, 8, 1, hybrid, 8 * PER_DEVICE) for hybrid in (False, True)),
        )
    }
    lines = []
    places = ["conv3", "fc6", "fc7", "fc8", "gradients", "scores"]
    for place in places:
        sizes = (sum(x.sent_bytes for x in found if x.where == place) for found in columns.values())
        what = place if place in ("gradients", "scores") else f"before {place}"
        lines.append([what, *(f"{size / 1e6:.2f}" if size else "" for size in sizes)])
    sums = (sum(x.sent_bytes for x in found) for found in columns.values())
    lines.append(["all", *(f"{size / 1e6:.2f}" for size in sums)])
    return table(["MB sent by each device", *columns], lines, "lr")


def measured_table(run: Result) -> str:
    """Seconds of each timed step, and how they compare with one device."""
    whole, alone = steps(run), steps(run, "alone")
    head = ["net, mesh, batch", "s a step", "range", "images/s", "without exchanges, s"]
    lines = []
    spread = {Case.of(one): one["seconds"] for one in run["steps"]}
    for case, seconds in whole.items():
        compute = alone.get(case, seconds)
        lines.append(
            [
                f"`{case.model}` {mesh(case.layout)}, {case.batch}",
                f"{seconds:.2f}",
                f"{min(spread[case]):.2f} to {max(spread[case]):.2f}",
                f"{case.batch / seconds:.1f}",
                f"{compute:.2f}" if case in alone else "",
                f"{100 * (1 - compute / seconds):.0f} %" if case in alone else "",
                ratio(whole, case, case.batch),
                ratio(whole, case, case.batch // case.devices),
            ]
        )
    picture = "![Two devices over one, with and without exchanges](images/scaling_measured.png)"
    found = table([*head, "exchanges", "strong", "weak"], lines, "lr")
    return "\n".join([found, "", surroundings(run), "", picture])


def ratio(whole: dict[Case, float], case: Case, batch: int) -> str:
    """Its rate over that of one device with `batch` images a step, if that was timed."""
    one = whole.get(Case(case.model, 1, 1, False, batch))
    if case.devices == 1 or one is None:
        return ""
    return f"{case.batch / whole[case] / (batch / one):.2f}"


def two_gpus_table(run: Result) -> str:
    """The paper's claim: its net on two devices, the half net on one, at equal batches."""
    header = (
        *("batch", "GMAC a device, two towers on two", "half net on one"),
        *("s a step, two towers on two", "of that exchanges", "half net on one"),
        "time of the former over the latter",
    )
    lines = []
    whole, alone = steps(run), steps(run, "alone")
    for batch in sorted({case.batch for case in whole if case.tower == 2}):
        two, half = Case(TWO_TOWERS, 1, 2, False, batch), Case(HALF, 1, 1, False, batch)
        work = [f"{cost(x.net, x.layout, batch).macs / 1e9:.1f}" for x in (two, half)]
        times = (whole[two], whole[two] - alone[two], whole[half], whole[two] / whole[half])
        lines.append([str(batch), *work, *(f"{x:.2f}" for x in times)])
    return table(header, lines, "lr")


def fit_table(run: Result) -> str:
    """The machine's numbers, and what they say of each measurement that they were fitted to."""
    machine, rows = fitted(run)
    lines = []
    for what, measured, model in rows:
        error = f"{100 * (model / measured - 1):+.0f} %"
        lines.append([what, f"{measured:.4g}", f"{model:.4g}", error])
    errors = [abs(model / measured - 1) for _, measured, model in rows]
    numbers = (
        f"{machine.rate / 1e9:.1f} GMAC/s, {machine.bandwidth / 1e9:.2f} GB/s, "
        f"{1e3 * machine.latency:.2f} ms a hop, {1e9 * machine.update:.2f} ns a parameter; "
        f"median error {100 * statistics.median(errors):.0f} %, "
        f"largest {100 * max(errors):.0f} %."
    )
    header = ("measured", "s", "s by the model", "error")
    return "\n".join([numbers, "", table(header, lines, "lr")])


def predicted_table(run: Result) -> str:
    """Weak scaling: images/s over one device's, 128 images a device, for each placement."""
    machines = (published.k20(8), fitted(run).machine)
    names = list(layouts(2, towers=2))
    speedups = (f"{name}, {of}" for of in ("K20", "a core here") for name in names)
    net, lines = MODELS[TWO_TOWERS], []
    for n in DEVICES:
        placed, batch = layouts(n, net.towers).values(), PER_DEVICE * n
        found = (speedup(m, net, x, batch, PER_DEVICE) for m in machines for x in placed)
        sizes = (cost(net, x, batch).sent_bytes / 1e6 for x in placed)
        lines.append([str(n), *(f"{x:.1f}" for x in found), *(f"{x:,.0f}" for x in sizes)])
    return table(["devices", *speedups, f"MB sent: {names[0]}", *names[1:]], lines, "lr")


def published_table() -> str:
    """One weird trick's table, and what the model says of its rows."""
    header = ("GPUs", "batch", "dense batch", "hours", "images/s", "speed-up")
    lines = []
    for one in published.K20:
        machine, alone = published.k20(one.gpus), published.K20[0].batch
        model = (
            speedup(machine, published.NET, Layout(one.gpus, hybrid=hybrid), one.batch, alone)
            for hybrid in (True, False)
        )
        batches = [str(one.gpus), str(one.batch), str(one.dense_batch)]
        cells = [f"{one.hours:.2f}", f"{published.images_per_second(one):,.0f}", f"{one.speedup}"]
        lines.append([*batches, *cells, *(f"{x:.2f}" for x in model)])
    return table((*header, "model, hybrid", "data"), lines, "lr")


def mesh(layout: Layout) -> str:
    return f"{layout.data}x{layout.tower}{' hybrid' if layout.hybrid else ''}"


def exact(size: float) -> str:
    """Bytes as megabytes, to the byte."""
    return f"{size / 1e6:,.6f}"


def surroundings(run: Result) -> str:
    """A sentence on where and with what."""
    return (
        f"{run['device']}; {run['cores']} cores, {run['cpu']}; jax {run['versions']['jax']}, "
        f"commit {run['commit'][:9]}, load before {run['load_before']}."
    )
