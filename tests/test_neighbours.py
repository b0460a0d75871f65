"""The nearest rows, against a loop; the command, its sheet and what it says of mistakes."""

import json
import re

import numpy as np
import pytest
from PIL import Image

import alexnet_jax as ax
from alexnet_jax.cli.main import main
from alexnet_jax.neighbours import nearest


def by_loops(queries, rows, count, own):
    found = []
    for query, mine in zip(queries, own, strict=True):
        far = [(float(np.sqrt(((query - row) ** 2).sum())), n) for n, row in enumerate(rows)]
        found.append([(n, d) for d, n in sorted(far) if n != mine][:count])
    return found


@pytest.mark.parametrize("sizes", [(30,), (7, 7, 7, 9), (1,) * 30])
@pytest.mark.parametrize("count", [1, 5, 40])
def test_the_nearest_of_a_loop(sizes, count):
    draw = np.random.default_rng(0)
    rows = draw.normal(1000, 1, (30, 6)).astype(np.float32)  # far away from 0, near to each other
    rows[20] = rows[3]
    queries, own = np.concatenate([rows[[3, 8]], rows[:1] + 1]), [3, 8, None]
    blocks = np.split(rows, np.cumsum(sizes)[:-1])
    found = nearest(queries, blocks, count, own)
    expected = by_loops(queries.astype(np.float64), rows.astype(np.float64), count, own)
    for one, other in zip(found, expected, strict=True):
        assert [x.position for x in one] == [n for n, _ in other]
        np.testing.assert_allclose([x.distance for x in one], [d for _, d in other], atol=1e-3)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Six pictures in two kinds, and what a network gives for them."""
    folder = tmp_path_factory.mktemp("neighbours")
    ax.create_model("cifar_18pct", seed=1).save(folder / "net")
    draw = np.random.default_rng(0)
    (folder / "pictures").mkdir()
    kinds = draw.integers(0, 256, (2, 40, 40, 3), np.uint8)
    for number in range(6):
        pixels = np.clip(kinds[number % 2] + draw.normal(0, 9, kinds[0].shape), 0, 255)
        Image.fromarray(pixels.astype(np.uint8)).save(folder / "pictures" / f"{number}.png")
    line = ["features", "--from", str(folder / "net"), "--layers", "conv1,fc10"]
    line += ["--to", str(folder / "a.npz"), str(folder / "pictures")]
    assert main(line) == 0
    return folder


def neighbours(folder, *flags):
    return main(["neighbours", "--features", str(folder / "a.npz"), *map(str, flags)])


def test_json_lines(folder, capsys):
    names = [str(folder / "pictures" / f"{number}.png") for number in range(6)]
    capsys.readouterr()
    assert neighbours(folder, "--layer", "fc10", "--json", "--count", "2", names[3], names[0]) == 0
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert (first["picture"], second["picture"]) == (names[3], names[0])
    assert {x["picture"] for x in first["nearest"]} == {names[1], names[5]}
    assert {x["picture"] for x in second["nearest"]} == {names[2], names[4]}
    with np.load(folder / "a.npz") as file:
        far = np.linalg.norm(file["fc10"][3] - file["fc10"][[1, 5]], axis=1)
    np.testing.assert_allclose([x["distance"] for x in first["nearest"]], sorted(far), rtol=1e-4)


def test_a_picture_that_is_in_no_file(folder, tmp_path, capsys):
    """It is the same as one in the file, which is then the nearest, at no distance."""
    other = tmp_path / "other.png"
    other.write_bytes((folder / "pictures" / "4.png").read_bytes())
    line = ["--layer", "conv1", "--json", "--from", folder / "net", other]
    assert neighbours(folder, *line) == 0
    nearest = json.loads(capsys.readouterr().out)["nearest"]
    assert nearest[0]["picture"].endswith("4.png") and len(nearest) == 6
    assert nearest[0]["distance"] < 0.01 * nearest[1]["distance"]


def test_all_pictures_of_another_file(folder, capsys):
    assert neighbours(folder, "--layer", "fc10", "--queries", folder / "a.npz", "--count", 1) == 0
    assert capsys.readouterr().out.count(".png") == 12


def test_classes_of_a_data_set_are_named(folder, tmp_path, capsys):
    """A file of features has their numbers."""
    name, file = "synthetic/37x37x3/10", tmp_path / "of_set.npz"
    made = ["features", "--from", folder / "net", "--layers", "fc10", "--data", name, "--to", file]
    assert main([*map(str, made)]) == 0
    capsys.readouterr()
    asked = ["neighbours", "--features", file, "test/0", "--count", "1"]
    for more, words in (([], r"class \d"), (["--data", name], r"pattern \d")):
        assert main([*map(str, [*asked, *more])]) == 0
        assert re.search(rf"{words}$", capsys.readouterr().out.rstrip())


def test_the_sheet(folder, tmp_path, capsys):
    names = [folder / "pictures" / f"{number}.png" for number in (0, 1)]
    out = tmp_path / "sheet.png"
    assert neighbours(folder, "--layer", "fc10", "--count", 3, "--sheet", out, *names) == 0
    said = capsys.readouterr().err
    assert said == f"alexnet-jax: {out} is drawn\n"
    with Image.open(out) as sheet:
        pixels = np.asarray(sheet.convert("RGB")).astype(int)
    assert pixels.shape[1] == 2 * 24 + 4 * 136 - 8 + 24
    with Image.open(names[1]) as picture:
        expected = np.asarray(picture.resize((128, 128), Image.Resampling.NEAREST)).astype(int)
    second = pixels[24 + 40 + 170 : 24 + 40 + 170 + 128, 24 : 24 + 128]
    assert np.abs(second - expected).mean() < 40  # smoothed when enlarged; others differ by 85
    assert (pixels[64 : 64 + 128, 24 + 136 : 24 + 136 + 24] == 255).all()  # apart from the query


@pytest.mark.parametrize(
    "flags, said",
    [
        (["--layer", "fc10"], "no pictures are asked for"),
        (["--layer", "fc10", "no.png"], "has no picture 'no.png'; for a file of your own name"),
        (["a.png"], "has several layers: conv1 fc10"),
        (["--layer", "fc10", "--from", "NET", "no.png"], "no.png: there is no such file"),
        (["--layer", "fc10", "--queries", "no.npz"], "cannot read no.npz"),
    ],
)
def test_mistakes(folder, tmp_path, monkeypatch, capsys, flags, said):
    monkeypatch.chdir(tmp_path)
    flags = [str(folder / "net") if flag == "NET" else flag for flag in flags]
    assert neighbours(folder, *flags) == 1
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1
