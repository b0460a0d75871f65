"""The page and the spreadsheet say what the results say, and are checked against them."""

import csv
import io

import pytest

from experiments.__main__ import main
from experiments.claims import CLAIMS, ROWS
from experiments.reproduce import page, pictures, result, tables
from experiments.reproduce.summary import summarise
from results_by_hand import scored, to_25

BEST = 0.003


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A checkout's results, page and pictures in a folder of the test's own."""
    folder = tmp_path / "claims"
    monkeypatch.setattr(page, "ROOT", tmp_path)
    monkeypatch.setattr(page, "PAGE", tmp_path / "RESULTS.md")
    monkeypatch.setattr(result, "RESULTS", folder)
    monkeypatch.setattr(pictures, "IMAGES", tmp_path / "images")
    return folder


def line(text, id, part="## "):
    text = text.split(part, maxsplit=1)[1]
    return next(line for line in text.splitlines() if line.startswith(f"| `{id}` |"))


def fig_1(folder):
    for id, best in (("fig1_relu", [5.0, 5.5, 6.0]), ("fig1_tanh", [20.0, 22.0, 24.0])):
        tried = {(rate, 0): None for rate in CLAIMS[id].sweep}
        to_25(folder, id, tried | {(BEST, seed): x for seed, x in enumerate(best)})


def test_without_results_every_row_is_not_run(here):
    assert main(["report"]) == 0
    text = (here.parent / "RESULTS.md").read_text()
    assert f"{len(ROWS)} claims: 0 with a result of ours, {len(ROWS)} not run." in text
    for row in ROWS:
        assert "not run: " in line(text, row.id)
    for part in ("What was found", "Differences to baselines", "Fig. 1"):
        assert f"## {part}" not in text


def test_a_row_shows_the_paper_the_log_ours_and_the_difference(here):
    scored(here, "imagenette_baseline", [20.0, 23.0, 26.0])
    scored(here, "imagenette_no_lrn", [21.0, 24.1, 27.2])
    assert main(["report"]) == 0
    text = (here.parent / "RESULTS.md").read_text()
    link = "(experiments/results/claims/imagenette_no_lrn)"
    word = "no difference larger than 1.4 points"
    found = line(text, "imagenette_no_lrn", "## Differences to baselines")
    assert f"| [+1.10 (+0.85 to +1.35)]{link} | {word} | 3 | 0.250 | 1.4 | 6 |" in found
    found = line(text, "imagenette_no_lrn", "## On Imagenette")
    assert f"| [24.10 (16.40 to 31.80)]{link} | 3 | {word}: 3 of 6 seeds |" in found
    assert "| 37.5 / 17.0 | 37.4727 / 16.9987 | not run: needs ILSVRC-2010 |" in line(
        text, "table1"
    )
    trainings = text.split("## Every training")[1]
    assert "6 results: 6 finished." in trainings
    link = "[0](experiments/results/claims/imagenette_baseline/seed0.json)"
    assert f"`imagenette_baseline` | {link} |" in trainings


def test_what_was_found_is_said_first_and_as_the_tables_say_it(here):
    baseline = [20.0, 21.0, 22.0, 23.0, 24.0, 25.0]
    scored(here, "imagenette_baseline", baseline)
    scored(here, "imagenette_plain_pooling", [x + 1 + x / 100 for x in baseline])
    scored(here, "imagenette_no_colour", [x + 0.1 - (x % 2) / 5 for x in baseline])
    scored(here, "imagenette_half_net", [x + 3 for x in baseline[:5]])
    scored(here, "cifar_18pct", [18.0, 18.6, 19.2])
    assert main(["report"]) == 0
    text = (here.parent / "RESULTS.md").read_text()
    first = text.split("## What was found")[1].split("\n## ")[0]
    findings, ruled_out, beside, unclear = [*first.split("\n\n- ")[1:4], first.split("Open")[1]]
    assert findings.startswith("`imagenette_plain_pooling`, *2x2 pooling")
    assert "points, 6 pairs, p = 0.031 (printed on ILSVRC-2012: +0.4)." in findings
    assert ruled_out.startswith("`imagenette_no_colour`")
    assert "p = 1.000 (printed on ILSVRC-2012: +1): no difference larger than 1 point." in ruled_out
    link = "(experiments/results/claims/cifar_18pct)"
    assert beside.startswith("`cifar_18pct`") and f"]{link}, there 18: agrees." in beside
    assert "`imagenette_half_net` (top-1 error, 5 pairs)" in unclear
    assert "](docs/images/differences.png)" in unclear
    assert "3 differences are judged by this rule, 2 of them of six pairs or more" in text
    assert "up to 0.1 findings would be expected by chance" in text  # twice 1/32


def test_a_column_in_which_nothing_stands_is_left_out():
    lines = [("`a`", "-", "1"), ("`b`", "-", "-")]
    assert tables.narrow(("claim", "paper", "here"), lines).splitlines() == [
        "| claim | here |",
        "| --- | --- |",
        "| `a` | 1 |",
        "| `b` | - |",
    ]


def test_fig_1_has_its_picture_its_ratio_and_its_sweep(here):
    fig_1(here)
    assert main(["report"]) == 0
    text = (here.parent / "RESULTS.md").read_text()
    found = line(text, "fig1_tanh", "## Differences to baselines")
    assert (
        "| [4.00 x (4.00 x to 4.00 x)](experiments/results/claims/fig1_tanh) | differs |" in found
    )
    assert "ReLU is 4.0 times as fast as tanh to 25 %" in text
    assert (here.parent / "images" / "fig1.png").exists()
    assert main(["report", "--check"]) == 0


def test_the_check_sees_a_page_a_table_or_a_figure_that_is_not_of_the_results(here, capsys):
    fig_1(here)
    assert main(["report"]) == 0
    for name in ("RESULTS.md", "claims.csv", "images/fig1.png"):
        path = here.parent / name
        kept = path.read_bytes()
        path.write_bytes(kept[:-40] + kept[:9]) if name != "images/fig1.png" else path.unlink()
        assert main(["report", "--check"]) == 1
        assert f"{name} is not up to date: python -m experiments report" in capsys.readouterr().out
        path.write_bytes(kept)
    assert main(["report", "--check"]) == 0


def test_a_figure_of_other_results_is_stale(here, capsys):
    fig_1(here)
    assert main(["report"]) == 0
    to_25(here, "fig1_relu", {(BEST, 2): 6.5})
    assert main(["report", "--check"]) == 1
    assert "images/fig1.png is not up to date" in capsys.readouterr().out


def test_a_missing_result_shows(here, capsys):
    scored(here, "cifar_18pct", [18.0, 18.6, 19.2])
    assert main(["report"]) == 0
    (here / "cifar_18pct" / "seed1.json").unlink()
    assert main(["report", "--check"]) == 1
    assert "RESULTS.md is not up to date" in capsys.readouterr().out
    assert main(["report"]) == 0
    assert "2 of 3 seeds" in line((here.parent / "RESULTS.md").read_text(), "cifar_18pct")


def test_a_tampered_result_shows_and_the_status_says_so(here, capsys):
    scored(here, "cifar_18pct", [18.0, 18.6, 19.2])
    path = here / "cifar_18pct" / "seed1.json"
    path.write_text(path.read_text().replace("18.6", "16.6"))
    assert main(["report"]) == 1
    said = "cifar_18pct/seed1.json was changed after it was written"
    assert f"refused: {said}" in capsys.readouterr().out
    text = (here.parent / "RESULTS.md").read_text()
    assert f"## Refused results\n\n- {said}" in text
    assert "18.60" in line(text, "cifar_18pct") and "2 of 3 seeds" in line(text, "cifar_18pct")
    assert main(["status", "cifar_18pct"]) == 1


def test_the_spreadsheet_has_a_line_for_each_metric(tmp_path):
    scored(tmp_path, "cifar_18pct", [18.0, 18.6, 19.2])
    rows = [CLAIMS["cifar_18pct"], CLAIMS["table1"]]
    text = tables.spreadsheet([summarise(row, tmp_path) for row in rows])
    cifar, top1, top5 = csv.DictReader(io.StringIO(text))
    assert (cifar["here"], cifar["n"], cifar["logged"]) == ("18.6", "3", "18.0")
    assert (top1["metric"], top1["printed"], top1["here"]) == ("top1", "37.5", "")
    assert (top5["logged"], top5["missing"]) == ("16.9987", "needs ILSVRC-2010")


def test_the_committed_page_is_what_the_committed_results_say(capsys):
    assert main(["report", "--check"]) == 0, capsys.readouterr().out


def test_the_figure_of_differences_goes_with_the_results(here, capsys):
    """Stale once a result is another, or is gone."""
    scored(here, "imagenette_baseline", [40.0])
    scored(here, "imagenette_no_lrn", [42.0])
    assert main(["report"]) == 0
    scored(here, "imagenette_no_lrn", [43.0])
    assert main(["report", "--check"]) == 1
    assert "images/differences.png is not up to date" in capsys.readouterr().out
    assert main(["report"]) == 0 and main(["report", "--check"]) == 0
    for id in ("imagenette_baseline", "imagenette_no_lrn"):
        (here / id / "seed0.json").unlink()
    assert main(["report"]) == 0 and main(["report", "--check"]) == 0
    assert not (here.parent / "images" / "differences.png").exists()
    assert "differences.png" not in (here.parent / "RESULTS.md").read_text()
