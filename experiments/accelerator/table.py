"""The tables of docs/accelerators.md, from the committed records."""

from pathlib import Path
from typing import Any

from alexnet_jax.report.markdown import table

RESULTS = Path(__file__).parent / "results"
NAMES = {
    "float32": "here, float32",
    "tf32": "here, tf32",
    "bfloat16": "here, bfloat16",
    "naive tf32": "the same net written naively in JAX, tf32",
    "torch tf32 eager": "PyTorch, eager, tf32",
    "torch tf32 compiled": "PyTorch, torch.compile, tf32",
    "torch bfloat16 eager": "PyTorch, eager, autocast to bfloat16",
    "torch bfloat16 compiled": "PyTorch, torch.compile, autocast to bfloat16",
}
PARTS = {
    "activity": "activities of a layer",
    "gradient": "gradient of a layer's parameters",
    "moved": "change of a kernel in five steps",
    "loss": "loss",
    "mean loss": "mean loss of five steps",
}


FASTEST = ("tf32", "bfloat16", "torch tf32 compiled", "torch bfloat16 compiled")


def speed_summary(record: dict[str, Any]) -> str:
    """speed_table of the first case, without what nobody would choose."""
    name, case = next(iter(record["cases"].items()))
    return speed_table({**record, "cases": {name: {x: case[x] for x in FASTEST}}})


def speed_table(record: dict[str, Any]) -> str:
    """Images a second of each side of each case, and its ratio to torch.compile's in tf32."""
    lines = []
    for name, case in record["cases"].items():
        base = case.get("torch tf32 compiled", {}).get("images_per_second")
        for side, found in case.items():
            if side not in NAMES or "images_per_second" not in found:
                continue
            rate = found["images_per_second"]
            ratio = f"{rate / base:.2f}" if base else "-"
            memory = f"{found['step_bytes'] / 1e9:.1f} GB" if "step_bytes" in found else "-"
            lines.append((name, NAMES[side], f"{rate:,}", ratio, memory))
    header = ("step", "program", "images/s", "to torch.compile, tf32", "memory")
    return "\n".join([table(header, lines), "", machine(record)])


def check_table(record: dict[str, Any]) -> str:
    """The largest relative error of each kind of quantity."""
    lines = []
    for name, case in record["cases"].items():
        for part, what in PARTS.items():
            errors = {k: x for k, x in case.get("errors", {}).items() if k.startswith(part)}
            if errors:
                worst = max(errors, key=lambda k: errors[k])
                lines.append((f"{name}", what, f"{errors[worst]:.1e}", f"`{worst}`"))
    header = ("run", "compared with the CPU in float32", "largest relative error", "of")
    return "\n".join([table(header, lines), "", machine(record)])


def convolutions_table(record: dict[str, Any]) -> str:
    """Milliseconds of each pass of each form, a case a line."""
    lines = []
    for name, case in record["cases"].items():
        layer, precision = name.split()
        forms = [x.removesuffix(" forward") for x in case if x.endswith(" forward")]
        passes = [[case[f"{form} {x}"] for x in ("forward", "kernel gradient")] for form in forms]
        lines += [
            (layer, precision, form, *(f"{ms:.2f}" for ms in times))
            for form, times in zip(forms, passes, strict=True)
        ]
    header = ("layer", "precision", "form", "forward, ms", "kernel gradient, ms")
    return "\n".join([table(header, lines), "", machine(record)])


def machine(record: dict[str, Any]) -> str:
    versions = record["versions"]
    torches = {
        side["torch"]
        for case in record["cases"].values()
        for side in case.values()
        if isinstance(side, dict) and "torch" in side
    }
    others = "".join(f", torch {version}" for version in sorted(torches))
    return (
        f"{record['device']}, {record['cores']} cores, {record['cpu']}; jax {versions['jax']}, "
        f"flax {versions['flax']}{others}; {record['time'][:10]}, commit {record['commit'][:9]}."
    )
