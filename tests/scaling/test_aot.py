"""A step compiled for devices that need not be here says what it takes; messages say what to do."""

import json
import math
import re
import subprocess
import sys

import jax
import pytest

from alexnet_jax import metrics
from alexnet_jax.report.markdown import NOT_RUN
from experiments.__main__ import main
from experiments.aot import step, topology
from experiments.aot.cases import BATCHES, CONFIG, KEY, PRECISIONS
from experiments.aot.chips import CHIPS, GB
from experiments.aot.matrix import RESULTS
from experiments.aot.report import counted_flops, report
from experiments.aot.step import compile_step, set_mesh
from experiments.aot.table import aot_table, in_words, precision_table
from experiments.program import Collective, bytes_moved
from experiments.records import add, read
from experiments.without_data import without_data

H100, V5E = CHIPS["h100"], CHIPS["v5e"]
MACS, CONV1 = 724_406_816, 55 * 55 * 96 * 11 * 11 * 3  # of the paper's net, for one image


@pytest.fixture(scope="module")
def lenet():
    """The record of LeNet-5's step on four CPUs, as a hybrid, and its run."""
    config = step.read_config("configs/fashion_mnist.py:lenet5")
    config.data.name = "prepared/28"
    set_mesh(config, "hybrid", devices=4, batch=8)
    run = without_data(config, devices=jax.devices())
    return run, report(run, compile_step(run, 28), H100)


def test_exchanges_are_those_of_the_placement(lenet):
    run, record = lenet
    given = {row["kind"]: row["bytes"] for row in record["exchanges"]}
    assert set(given) == {"all-gather", "reduce-scatter", "all-to-all", "all-reduce"}
    assert {row["devices"] for row in record["exchanges"]} == {4}
    dense = {layer.name for layer in run.architecture.weighted if layer.kind == "dense"}
    params = jax.eval_shape(run.init_params)
    copied = sum(x.size for name in params if name not in dense for x in params[name].values())
    assert given["all-reduce"] == 4 * (copied + len(metrics.Sums._fields))
    assert record["sent_bytes"] == sum(row["sent_bytes"] for row in record["exchanges"])


def test_memory_holds_pictures_and_the_chips_part_of_the_state(lenet):
    run, record = lenet
    memory = record["memory"]
    shapes = run.placement.shardings(params := jax.eval_shape(run.init_params))
    own = jax.tree.map(lambda x, s: 4 * math.prod(s.shard_shape(x.shape)), params, shapes)
    # Parameters and velocities, two pictures of the batch, labels, counters and rates.
    assert 0 <= memory["arguments"] - 2 * sum(jax.tree.leaves(own)) - 2 * 28 * 28 < 100
    assert memory["all"] == sum(size for part, size in memory.items() if part != "all")
    assert record["fits"]


def test_counts_are_near_the_compilers_own(lenet):
    """XLA leaves out products with padding, and what a fusion does not read of its operands."""
    _, record = lenet
    for work in (record["flops"], record["moved_bytes"]):
        assert work["counted"] == pytest.approx(work["compiler"], rel=0.25)


@pytest.mark.parametrize(
    ("placement", "devices", "flops"),
    [
        ("data", 4, 32 * 2 * (3 * MACS - CONV1)),
        # fc8, 4096 x 1000, is computed on both
        ("towers", 2, 128 * (3 * MACS - CONV1 + 3 * 4_096_000)),
        ("hybrid", 4, 32 * 2 * (3 * MACS - CONV1)),
    ],
)
def test_flops_are_counted_by_layers(placement, devices, flops):
    config = step.read_config("configs/imagenet.py:source_2012")
    set_mesh(config, placement, devices, batch=128)
    assert counted_flops(without_data(config, devices=jax.devices())) == flops


def test_bytes_moved_are_operands_and_results():
    text = """HloModule m
%inner (p: f32[9]) -> f32[9] {
  %p = f32[9]{0} parameter(0)
  ROOT %n = f32[9]{0} negate(%p)
}

ENTRY %main (a: f32[4,2], b: f32[4,2]) -> f32[4,2] {
  %a = f32[4,2]{1,0:T(8,128)} parameter(0)
  %f = (f32[4,2]{1,0}, s32[]) fusion(%a, %a), kind=kLoop, calls=%inner
  %g = f32[4,2]{1,0} get-tuple-element(%f), index=0
  %k = (f32[4,2]{1,0}, f32[4,2]{1,0:T(8,128)S(1)}, u32[]{:S(2)}) copy-start(%g)
  %d = f32[4,2]{1,0} copy-done(%k)
  %r = f32[8,2]{1,0} all-gather-start(%g), replica_groups={}
  ROOT %c = (f32[4,2]{1,0}, u8[0]{0}) custom-call(%g, %a, %d), custom_call_target="x"
}
"""
    assert bytes_moved(text) == (32 + 36) + 32 + (32 + 32 + 32 + 32)


def exchange(kind, megabytes, devices):
    return Collective(kind, (("u8", (megabytes * 10**6,)),), devices)


@pytest.mark.parametrize(
    ("chip", "found", "towers", "rate", "sent"),
    [
        (V5E, exchange("all-reduce", 256, 256), 1, 200, 2 * 255),
        (H100, exchange("all-gather", 8, 8), 1, 450, 7),
        # All eight of a server are in the ring, and share its eight network cards.
        (H100, exchange("all-reduce", 128, 128), 1, 400, 2 * 127),
        # Two groups of four in each server: four cards for each.
        (H100, exchange("all-reduce", 64, 64), 2, 200, 2 * 63),
        (H100, exchange("all-gather", 2, 2), 2, 450, 1),
        # 15 MB, of which a chip sends 8 to the other server by its own card.
        (H100, exchange("all-to-all", 16, 16), 1, 50, 8),
    ],
)
def test_seconds_of_links(chip, found, towers, rate, sent):
    assert chip.link_seconds(found, towers) == pytest.approx(sent * 1e6 / (rate * GB))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--target=h100", "--devices=12"], "h100: --devices=12; up to 8 of a server, or servers"),
        (["--target=v5e", "--devices=9"], "v5e: --devices=9; slices are of 1, 4, 8, 16, 32, 64"),
        (
            ["--target=h100", "--config=configs/no.py"],
            "there is no file 'configs/no.py'",
        ),
        (["--target=h100", "--config=configs/imagenet.py:x"], "no variant 'x'; there are"),
    ],
)
def test_what_cannot_be_is_one_line_and_a_record(arguments, message, tmp_path, capsys):
    assert main(["aot", "step", *arguments, f"--out={tmp_path / 'out.json'}"]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    [record] = json.loads((tmp_path / "out.json").read_text())
    assert said == f"experiments aot: {record['failed']}\n"
    assert re.search(message, said)


def test_a_compiler_that_is_not_here_replaces_no_record(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(topology.PLUGINS, "h100", ("no-plugin", "aot-cuda"))
    before = (RESULTS / "h100.json").read_bytes()
    for command in (["step", f"--out={tmp_path / 'out.json'}"], ["matrix"]):
        assert main(["aot", *command, "--target=h100"]) == 1
        said = "h100: its compiler is in no-plugin, which is not installed; pip install"
        assert capsys.readouterr().err.startswith(f"experiments aot: {said}")
    assert not (tmp_path / "out.json").exists()
    assert (RESULTS / "h100.json").read_bytes() == before


def test_an_unknown_target(capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["aot", "step", "--target=abacus"])
    assert "invalid choice: 'abacus'" in capsys.readouterr().err


RECORD = {
    "target": "h100",
    "devices": 128,
    "placement": "hybrid",
    "batch": 16384,
    "config": "configs/imagenet.py:source_2012",
    "memory": {"arguments": 10**9, "results": 0, "temporaries": 10**9, "code": 0, "all": 2 * 10**9},
    "fits": True,
    "flops": {"counted": 529 * 10**9, "compiler": None},
    "moved_bytes": {"counted": 12 * 10**9, "compiler": None},
    "exchanges": [
        {"kind": "all-reduce", "devices": 128, "count": 3, "bytes": 2e6, "sent_bytes": 3e6}
    ],
    "sent_bytes": 3 * 10**6,
    "seconds": {"compute": 0.00107, "hbm": 0.0036, "links": 0.0001},
    "limit": "hbm",
    "images_per_second": 4_551_111.1,
}


def test_a_page_has_a_row_for_each_record_and_says_why_one_failed():
    head = {key: RECORD[key] for key in ("target", "devices", "placement", "batch", "config")}
    table = aot_table([RECORD, head | {"failed": "the compiler refuses the step: no"}])
    first, second = table.splitlines()[2:]
    assert first == (
        "| 128 x H100 SXM 80 GB | hybrid | 16,384 | 2.00 GB | 529 | 12.0 GB | 3.0 MB "
        "| 1.07 ms | 3.60 ms | 0.10 ms | hbm | 4,551,111 |"
    )
    assert "| the compiler refuses the step: no |" in second
    assert {line.count("|") for line in table.splitlines()} == {13}


def test_the_terminal_says_whether_it_fits_and_what_limits():
    said = in_words(RECORD | {"fits": False})
    for part in ("2.00 GB, does not fit; a chip has 84.9 GB", "3.60 ms at 3352 GB/s", "all-reduce"):
        assert part in said
    assert "limit: hbm\n" in said


def test_a_step_compiled_anew_replaces_its_record(tmp_path):
    for seconds in (1, 2):
        add(tmp_path / "x.json", RECORD | {"compile_seconds": seconds}, KEY)
    add(tmp_path / "x.json", RECORD | {"batch": 1024}, KEY)
    assert [r.get("compile_seconds") for r in read(tmp_path / "x.json")] == [2, None]


@pytest.mark.aot
@pytest.mark.parametrize("target", list(CHIPS))
def test_a_step_is_compiled_for_chips_that_are_not_here(target, tmp_path):
    """As a command, in a process that looks for no chips and keeps no programs."""
    flags = ["--devices=4", "--placement=towers_x_data", "--config=configs/photos.py"]
    flags += [f"--target={target}", f"--out={tmp_path / 'out.json'}"]
    done = subprocess.run(
        [sys.executable, "-m", "experiments", "aot", "step", *flags], capture_output=True
    )
    assert done.returncode == 0, done.stderr.decode()
    [record] = read(tmp_path / "out.json")
    kinds = {(row["kind"], row["devices"]): row["count"] for row in record["exchanges"]}
    # What the towers tell each other forward and backward, and what the two copies add up.
    assert kinds["all-gather", 2] == 4
    assert kinds["reduce-scatter", 2] == 3
    assert kinds["all-reduce", 2] >= 1
    assert record["fits"]


@pytest.mark.parametrize("path", sorted(RESULTS.glob("*.json")), ids=lambda path: path.stem)
def test_committed_results_are_of_unchanged_commits_and_make_a_table(path):
    records = read(path)
    assert not any(record["dirty"] or record["commit"] == "unknown" for record in records)
    ordinary = [record for record in records if record["config"] == CONFIG]
    assert aot_table(records).count("\n") == 1 + len(ordinary)


def test_bytes_of_each_precision_are_those_of_an_image_and_of_a_step():
    records = [
        RECORD
        | {"devices": 1, "batch": batch, "config": config}
        | {"moved_bytes": {"counted": 3 * 10**9 + batch * size * 10**6}}
        for config, size in zip(PRECISIONS.values(), (60, 50, 30), strict=True)
        for batch in BATCHES
    ]
    table = precision_table([RECORD, *records]).splitlines()
    assert table[2] == "| float32 | 10.7 GB | 64.4 GB | 248.8 GB | 60.0 MB | 3.0 GB |"
    assert table[4].endswith("| 30.0 MB | 3.0 GB |")
    assert precision_table(records[:-1]) == NOT_RUN
