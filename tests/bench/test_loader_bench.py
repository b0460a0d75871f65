"""The bench of loading, at a tiny size, on a set and a folder made of tars of noise."""

import argparse
import json
import sys

import pytest

from experiments.__main__ import main
from experiments.bench import loader
from experiments.bench.data_tables import loader_table

TINY = ["--pictures", "5", "--batch", "2", "--batches", "3", "--rounds", "1"]


@pytest.fixture(scope="module")
def both(tmp_path_factory, tars):
    return loader.copied(f"imagenet2012:{tars}", 5, tmp_path_factory.mktemp("copies"))


def test_the_set_holds_the_jpegs(both):
    files = sorted(str(p.relative_to(both.jpegs)) for p in both.jpegs.glob("*/*"))
    numbers = [0, 2, 4], [1, 3]
    assert files == [
        f"{name}/{number:08d}.JPEG"
        for name, mine in zip(("n01440764", "n02119789"), numbers, strict=True)
        for number in mine
    ]
    assert len(both.source) == 5
    assert both.what.endswith("official tars, copied to 5")


@pytest.mark.parametrize("threads", loader.THREADS)
def test_our_loader_gives_batches(both, threads):
    given = argparse.Namespace(batch=2, batches=3)
    assert loader.our_rate(both.source, given, threads) > 0


@pytest.mark.oracle
def test_beside_torch(tars, tmp_path):
    pytest.importorskip("torch")
    out = tmp_path / "loader.json"
    source = ["--source", f"imagenet2012:{tars}"]
    assert main(["bench", "loader", *source, *TINY, "--out", str(out)]) == 0
    found = json.loads(out.read_text())
    assert set(found["median"]) == {"torch", *(loader.threads(n) for n in loader.THREADS)}
    assert found["pictures"] == 5 and found["ours"] in found["median"]
    assert "torch" in found["versions"] and str(tars) not in out.read_text()
    assert "times as many as torch" in loader_table(found)


@pytest.mark.oracle
def test_the_folder_gives_what_the_set_gives(both):
    pytest.importorskip("torch")
    from experiments.bench.torch_peer import JpegFolder

    pictures = JpegFolder(both.jpegs)
    image, label = pictures[4]
    assert (len(pictures), tuple(image.shape), label) == (5, (256, 256, 3), 1)


def test_without_torch_it_says_what_to_do(tars, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "torch", None)  # as if it were not installed
    assert main(["bench", "loader", "--source", f"imagenet2012:{tars}", *TINY]) == 1
    assert "needs torch: pip install" in capsys.readouterr().err


def test_the_products_threads_are_put_back(both):
    before = loader.loader.READ
    with loader.reading_threads(9):
        assert loader.loader.READ.num_threads == 9
    assert loader.loader.READ is before
