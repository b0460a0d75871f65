"""The bench of preparing, at a tiny size, on tars of noise."""

import io
import json

import numpy as np
import pytest
from PIL import Image

from experiments.__main__ import main
from experiments.bench import prepare
from experiments.bench.data_tables import prepare_table


@pytest.fixture(scope="module")
def found(tmp_path_factory, tars):
    out = tmp_path_factory.mktemp("out") / "prepare.json"
    sizes = ["--pictures", "3", "--rounds", "2"]
    assert (
        main(["bench", "prepare", "--source", f"imagenet2012:{tars}", "--out", str(out), *sizes])
        == 0
    )
    return json.loads(out.read_text())


def test_sets_and_sides(found):
    counts = {name: one["distinct"] for name, one in found["sets"].items()}
    assert counts == {"500x375": 2, "500x375 as 4:2:0": 2, "all as they come": 3}
    assert [one["subsampling"] for one in found["sets"].values()] == [
        {"444": 2},
        {"420": 2},
        {"444": 3},
    ]
    for one in found["sets"].values():
        assert [set(turn) for turn in one["images_per_second"]] == [set(one["median"])] * 2
        assert set(one["median"]) == {*prepare.ROUTES} == {*one["ratio"]} == {*one["best"]}
        assert one["decoded_per_second"].keys() == {"ours", "pillow"}
        assert one["checksummed_per_second"] > 0


def test_what_it_says_of_itself(found, tars):
    assert {"pillow", "simplejpeg", "array-record", "numpy"} <= found["versions"].keys()
    assert found["bytes_a_record"] >= 256 * 256 * 3
    assert "load_before" in found and "commit" in found
    assert str(tars) not in json.dumps(found)


def test_tables_can_be_made_of_it(found):
    assert "| here, in the best round |" in prepare_table(found)
    assert "write_shard" not in prepare_table(found)


def test_routes_make_the_same_square():
    """A picture without detail looks the same by every filter; the box is ours."""
    ramp = np.add.outer(np.linspace(20, 200, 375), np.linspace(0, 50, 500)).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(np.stack([ramp] * 3, -1)).save(file, "JPEG", quality=98, subsampling=0)
    assert max(prepare.differences([file.getvalue()]).values()) < 1
    for route in prepare.ROUTES.values():
        assert prepare.square(route, file.getvalue()).shape == (256, 256, 3)


def test_the_pillow_box_is_ours(noise):
    assert prepare.differences([noise((375, 500), 0)])["pillow box"] < 0.1
    assert prepare.differences([noise((375, 500), 0)])["pillow lanczos"] > 1


def test_every_route_goes_through_the_product(tars, tmp_path):
    """And what stood in for its decoder is gone afterwards."""
    own = prepare.shard.decode, prepare.shard.Squares
    [*_, entries] = prepare.picture_sets(f"imagenet2012:{tars}", tmp_path).values()
    for name, route in prepare.ROUTES.items():
        (tmp_path / name).mkdir()
        prepare.write(route, entries, tmp_path / name)
        assert (tmp_path / name / "set" / "shard").stat().st_size > 3 * 256 * 256 * 3
        assert (prepare.shard.decode, prepare.shard.Squares) == own


def test_ratios_are_of_one_round():
    def turn(ours, theirs):
        rates = {**dict.fromkeys(prepare.ROUTES, 50.0), "ours": ours, "pillow box": theirs}
        return prepare.Turn(rates, {"ours": 7.0}, {"ours": 7.0}, 1.0)

    found = prepare.summary([turn(400.0, 100.0), turn(200.0, 100.0), turn(90.0, 30.0)])
    assert (found["median"]["ours"], found["median"]["pillow box"]) == (200, 100)
    assert (found["best"]["ours"], found["best"]["pillow box"]) == (400, 100)
    assert found["ratio"]["pillow box"] == 3  # of 4, 2 and 3
    assert found["checksummed_per_second"] == 7


def test_no_picture_of_the_size(tmp_path, noise, capsys):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.jpg").write_bytes(noise((60, 80), 0))
    assert main(["bench", "prepare", "--source", f"folder:{tmp_path}"]) == 1
    assert "has no JPEG of 500x375; give one that has" in capsys.readouterr().err
