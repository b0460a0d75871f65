"""Two runs side by side, as text and as a page."""

import json

import pytest

from alexnet_jax.cli.main import main
from alexnet_jax.errors import UserError
from alexnet_jax.report.compare import compare, short_names
from alexnet_jax.report.compare_page import compare_page
from alexnet_jax.report.markdown import markdown
from alexnet_jax.runlog import RunLog
from alexnet_jax.workdir import Workdir
from oracles.pages import read, sections

HEADINGS = ["Scores", "Curves", "What differs in the configurations", "Over seeds"]
KEYS = ["classes", "image", "lrn_alpha", "middle_init"]


def begun(workdir, seed=0, lrn=None, error=None, split="test", model=()):
    """A run of one validation, and with `error` of a test of 400 pictures."""
    config = {"seed": seed, "mesh": {"data": 1 + seed}, "model": {"lrn": lrn, **dict(model)}}
    config["data"] = {"test": split}
    Workdir(workdir).claim(config)
    log = RunLog(workdir, start_step=0)
    log.metrics(10, epoch=1.0, validation_top1_error=40.0 + seed, validation_loss=2.0)
    if error is not None:
        tested = {"test_ten_top1_error": error, "test_centre_top1_error": error + 1, "test_n": 400}
        log.metrics(20, epoch=2.0, **tested)
    log.close()
    return workdir


@pytest.fixture
def runs(tmp_path):
    return [
        begun(tmp_path / "both <0>", 0, None, 20.0),
        begun(tmp_path / "both <1>", 1, None, 22.0),
        begun(tmp_path / "none", 0, "none"),
    ]


def test_the_text_has_each_run_and_each_configuration(runs):
    first, second = markdown(compare(runs).blocks).split("\n\n")
    assert first.splitlines()[0] == (
        "| run | model.lrn | seed | test top-1 error, ten views | one view | state |"
    )
    # 80 of 400: middle (0.2 + 0.0048) / 1.0096, half-width 0.0391
    assert "| unset | 0 | 20.00 % (16.37 to 24.20) | 21.00 % (" in first
    assert first.splitlines()[4].endswith("| none | 0 | not run | not run | at step 10 |")
    # 20 and 22: mean 21, half-width 12.706 (t of one degree of freedom) times 1
    assert "| unset | 2 | 21.00 % | 8.29 to 33.71 |" in second
    assert "| none | 0 | not run | not run |" in second


@pytest.mark.parametrize("lacks", ["test_n", "test_ten_top1_error", "test_centre_top1_error"])
def test_a_line_of_a_test_without_its_scores_is_damage(runs, lacks):
    """One that an earlier version wrote has no checksum."""
    line = {"step": 20, "test_n": 400, "test_ten_top1_error": 1.0, "test_centre_top1_error": 1.0}
    line[lacks] = None
    Workdir(runs[2]).metrics_file.write_text(f"{json.dumps(line)}\n")
    with pytest.raises(UserError, match=rf"metrics\.jsonl is damaged .*step 20 lack {lacks}\)"):
        compare(runs)


def test_the_page_says_the_same_and_has_the_curves(runs):
    root = read(compare_page(compare(runs)))
    found = sections(root)
    assert list(found) == HEADINGS
    assert root.all("h1")[0].text == "3 runs compared"
    rows = found["Scores"].all("table")[0].table()
    assert [row[:3] for row in rows[1:]] == [
        ["both <0>", "0", "20.00 % (16.37 to 24.20)"],
        ["both <1>", "1", "22.00 % (18.22 to 26.32)"],
        ["none", "0", "not run"],
    ]
    differing = found["What differs in the configurations"].all("table")[0].table()
    assert differing == [
        ["key", "both <0>", "both <1>", "none"],
        ["model.lrn", "unset", "unset", "none"],
    ]
    said = [
        x.attributes["aria-label"] for x in found["Curves"].all("svg") if "role" in x.attributes
    ]
    assert said[0] == (
        "Validation top-1 error (%), centre view by epoch: both <0> ends at 40, both <1> ends at "
        "41, none ends at 40"
    )
    assert len(said) == 2  # nothing was logged of the training


def test_a_run_has_one_colour_on_the_whole_page(runs):
    root = read(compare_page(compare(runs)))
    by_row = [
        row.all("path")[0].attributes["class"] for row in sections(root)["Scores"].all("tr")[1:]
    ]
    for legend in root.all("ul"):
        if legend.attributes.get("class") == "legend":
            assert [x.attributes["class"] for x in legend.all("path")] == by_row
    assert len(set(by_row)) == 3


def test_runs_that_differ_in_their_seeds_only(runs):
    found = sections(read(compare_page(compare(runs[:2]))))
    assert "Nothing but seeds and meshes." in found[HEADINGS[2]].text


def test_many_keys_are_rows_and_groups_are_named_by_their_runs(tmp_path):
    one, other = (dict.fromkeys(KEYS, number) for number in (2, 3))
    runs = [
        begun(tmp_path / "a0", 0, "layer1", 20.0, model=one),
        begun(tmp_path / "a1", 1, "layer1", 22.0, model=one),
        begun(tmp_path / "b", 0, "none", 30.0, model=other),
    ]
    scores, keys, seeds = markdown(compare(runs).blocks).split("\n\n")
    assert scores.startswith("| run | seed | test top-1 error, ten views | one view | state |\n")
    assert keys.splitlines()[0] == "| key | a0 | a1 | b |"
    assert sorted(keys.splitlines()[2:]) == sorted(
        [
            "| model.lrn | layer1 | layer1 | none |",
            *(f"| model.{key} | 2 | 2 | 3 |" for key in KEYS),
        ]
    )
    assert "| a0, a1 | 2 | 21.00 % | 8.29 to 33.71 |" in seeds
    found = sections(read(compare_page(compare(runs))))
    rows = found["Over seeds"].all("table")[0].table()
    assert [row[:3] for row in rows[1:]] == [["a0, a1", "2", "21.00 %"], ["b", "1", "30.00 %"]]


def test_errors_are_called_what_their_split_is_called(tmp_path):
    held_out = begun(tmp_path / "a", 0, None, 20.0, "validation")
    also = begun(tmp_path / "b", 1, None, 22.0, "validation")
    tested = begun(tmp_path / "c", 0, None, 30.0)
    first, second = markdown(compare([held_out, also]).blocks).split("\n\n")
    assert "| validation top-1 error, ten views |" in first
    assert "| mean validation top-1 error, ten views |" in second
    mixed = markdown(compare([held_out, tested]).blocks)
    assert mixed.startswith("| run | data.test | seed | top-1 error, ten views |")


def test_the_command_writes_the_page_and_prints_the_tables(runs, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["alexnet-jax"])  # which parsing sets
    file = tmp_path / "page.html"
    assert main(["compare", "--html", str(file), *map(str, runs)]) == 0
    said = capsys.readouterr()
    assert said.out == markdown(compare(runs).blocks) + "\n"
    assert said.err == f"alexnet-jax: {file}: 3 runs\n"
    assert file.read_bytes() == compare_page(compare(runs))


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["runs/a", "runs/b"], ["a", "b"]),
        (["runs/a", "runs/a/b"], ["a", "a/b"]),
        (["a", "/x/a"], ["a", "/x/a"]),
        (["runs/a", "runs/a"], ["a", "a"]),
    ],
)
def test_names_without_what_they_share(paths, names):
    assert short_names(paths) == names
