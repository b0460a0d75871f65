"""The bench of loading, at a tiny size, on a set and a folder made of tars of noise."""

import json
import sys

import pytest

from experiments.__main__ import main
from experiments.bench import loader
from experiments.bench.copies import copied
from experiments.data_tables import imagenet_cost, loader_table

TINY = ["--batch", "2", "--batches", "3", "--rounds", "1"]


@pytest.fixture(scope="module")
def both(tmp_path_factory, tars):
    return copied(f"imagenet2012:{tars}", 5, tmp_path_factory.mktemp("copies"))


def test_the_set_holds_the_jpegs(both):
    files = sorted(str(p.relative_to(both.jpegs)) for p in both.jpegs.glob("*/*"))
    numbers = [0, 2, 4], [1, 3]
    assert files == [
        f"{name}/{number:08d}.JPEG"
        for name, mine in zip(("n01440764", "n02119789"), numbers, strict=True)
        for number in mine
    ]
    source = loader.open_prepared_set(both.name, "train", both.data_dir)
    assert len(source) == 5
    assert both.what.endswith("official tars, copied to 5")


def test_alone(both, tmp_path):
    out, where = tmp_path / "loader.json", ["--data_dir", str(both.data_dir), "--name", both.name]
    assert main(["bench", "loader", *where, *TINY, "--out", str(out)]) == 0
    found = json.loads(out.read_text())
    assert found["images_per_second"][0].keys() == {loader.threads(n) for n in loader.THREADS}
    assert found["pictures"] == 5 and found["ours"] in found["median"]
    assert "torch" not in found["versions"] and "median_ratio" not in found
    assert str(both.data_dir) not in out.read_text()
    assert "not run" not in loader_table(found)
    assert "waits when it takes more than | not run" not in imagenet_cost(None, found)


@pytest.mark.oracle
def test_beside_torch(tars, tmp_path):
    pytest.importorskip("torch")
    out = tmp_path / "loader.json"
    source = ["--source", f"imagenet2012:{tars}", "--pictures", "5"]
    assert main(["bench", "loader", *source, *TINY, "--out", str(out)]) == 0
    found = json.loads(out.read_text())
    assert "torch" in found["median"] and "torch" in found["versions"]
    assert len(found["ratio"]) == 1 and found["median_ratio"] > 0
    assert str(tars) not in out.read_text()
    assert "not run" not in loader_table(found)


@pytest.mark.oracle
def test_the_folder_gives_what_the_set_gives(both):
    pytest.importorskip("torch")
    from experiments.bench.jpeg_folder import JpegFolder

    pictures = JpegFolder(both.jpegs)
    image, label = pictures[4]
    assert (len(pictures), tuple(image.shape), label) == (5, (256, 256, 3), 1)


def test_without_torch_it_says_what_to_do(both, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "torch", None)  # as if it were not installed
    where = ["--data_dir", str(both.data_dir), "--name", both.name, "--jpegs", str(both.jpegs)]
    assert main(["bench", "loader", *where, *TINY]) == 1
    assert "needs torch: pip install" in capsys.readouterr().err


def test_the_products_threads_are_put_back(both):
    before = loader.loader.READ
    with loader.reading_threads(9):
        assert loader.loader.READ.num_threads == 9
    assert loader.loader.READ is before


def test_ratio_to_the_step():
    ours = loader.threads(loader.loader.READ.num_threads)
    rounds = [{ours: 3000.0, "torch": 300.0}, {ours: 4000.0, "torch": 500.0}]
    found = loader.summary(rounds, 40.0)
    assert found["median"] == {ours: 3500, "torch": 400}
    assert (found["over_step"], found["ratio"], found["median_ratio"]) == (87.5, [10, 8], 9)


def test_neither_a_source_nor_a_set(capsys):
    assert main(["bench", "loader", "--name", "copies/256"]) == 1
    assert "give --source, or --data_dir and --name" in capsys.readouterr().err
