"""The tables of docs/accelerators.md, from the committed records."""

import json
from pathlib import Path
from typing import Any

from alexnet_jax.report.markdown import table

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
        step = f"{name}, each alone" if "left" in case else name
        for side, found in case.items():
            if side not in NAMES or "images_per_second" not in found:
                continue
            rate = found["images_per_second"]
            ratio = f"{rate / base:.2f}" if base else "-"
            memory = f"{found['step_bytes'] / 1e9:.1f} GB" if "step_bytes" in found else "-"
            lines.append((step, NAMES[side], f"{rate:,}", ratio, memory))
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


def whole_table(record: dict[str, Any]) -> str:
    """Images a second by the clock and by the program's log, and how long it waits for pictures."""
    lines = []
    for name, case in record["cases"].items():
        if "images_per_second" in case:
            log = f"{case['by_its_log']:,}" if "by_its_log" in case else "-"
            share = f"{100 * case['loader_share']:.1f} %" if "loader_share" in case else "-"
            lines.append((name, f"{case['images_per_second']:,}", log, share))
    header = ("run", "images/s by the clock", "by its log", "waits for the loader")
    return "\n".join([table(header, lines, "lrrr"), "", machine(record)])


def kernels_table(record: dict[str, Any]) -> str:
    """Milliseconds a step of all kernels together, and of the one that takes most."""
    lines = []
    for name, case in record["cases"].items():
        for kernel, ms in list(case.get("kernels_ms", {}).items())[:1]:
            lines.append((name, f"{case['all_ms']:.1f}", f"{ms:.1f}", f"`{kernel}`"))
    header = ("step", "all kernels, ms", "the longest, ms", "which")
    return "\n".join([table(header, lines), "", machine(record)])


def train_table(record: dict[str, Any]) -> str:
    """Seconds of each training, and its error on the test split."""
    lines = [
        (
            name,
            f"{case['seconds']:.0f}" if "seconds" in case else "-",
            f"{case['numbers']['test_ten_top1_error']:.1f} %",
        )
        for name, case in record["cases"].items()
        if "numbers" in case
    ]
    header = ("training", "seconds", "test error, ten views")
    return "\n".join([table(header, lines), "", machine(record)])


def page(folder: Path) -> str:
    """The tables of the records that are in a folder."""
    parts = ["# What was measured on this machine"]
    for file, (title, make) in TABLES.items():
        path = folder / f"{file}.json"
        if path.exists():
            parts += [f"## {title}", make(json.loads(path.read_text()))]
    return "\n\n".join(parts) + "\n"


def machine(record: dict[str, Any]) -> str:
    versions = record["versions"]
    torches = {
        side["torch"]
        for case in record["cases"].values()
        for side in case.values()
        if isinstance(side, dict) and "torch" in side
    }
    others = "".join(f", torch {version}" for version in sorted(torches))
    settings = record.get("settings", {})
    sizes = "".join(f", {x} {settings[x]}" for x in ("image", "batch") if settings.get(x))
    smoke = "; a smoke run" if settings.get("smoke") else ""
    return (
        f"{record['device']}, {record['cores']} cores, {record['cpu']}; jax {versions['jax']}, "
        f"flax {versions['flax']}{others}{sizes}{smoke}; {record['time'][:10]}, "
        f"commit {record['commit'][:9]}."
    )


TABLES = {  # file -> title, its table
    "check": ("Against the CPU in float32", check_table),
    "speed": ("Images a second", speed_table),
    "convolutions": ("Forms of convolutions", convolutions_table),
    "kernels": ("Where a step's time goes", kernels_table),
    "whole": ("`train` from end to end", whole_table),
    "train": ("Trainings", train_table),
}
