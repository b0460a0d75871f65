"""The bench of preparing, at a tiny size, on tars of noise."""

import io
import json

import numpy as np
import pytest
from PIL import Image

from experiments.__main__ import main
from experiments.bench import prepare, squares
from experiments.data_tables import imagenet_cost, prepare_table


@pytest.fixture(scope="module")
def found(tmp_path_factory, tars):
    out = tmp_path_factory.mktemp("out") / "prepare.json"
    sizes = ["--pictures", "3", "--rounds", "2", "--shard", "4"]
    assert (
        main(["bench", "prepare", "--source", f"imagenet2012:{tars}", "--out", str(out), *sizes])
        == 0
    )
    return json.loads(out.read_text())


def test_sets_and_sides(found):
    counts = {name: (one["pictures"], one["distinct"]) for name, one in found["sets"].items()}
    assert counts == {
        "500x375": (3, 2),
        "500x375 as 4:2:0": (3, 2),
        "all as they come": (3, 3),
    }
    assert [one["subsampling"] for one in found["sets"].values()] == [
        {"444": 2},
        {"420": 2},
        {"444": 3},
    ]
    for one in found["sets"].values():
        assert [set(turn) for turn in one["images_per_second"]] == [set(one["median"])] * 2
        assert set(one["median"]) == {*squares.ROUTES, "write_shard"} == {*one["cpu_median"]}
        assert set(one["ratio"]) == set(one["median"]) - {"ours"}
        assert one["decoded_per_second"].keys() == {"ours", "pillow"}
        assert one["checksummed_per_second"] > 0


def test_what_it_says_of_itself(found, tars):
    assert {"pillow", "simplejpeg", "array-record", "numpy"} <= found["versions"].keys()
    assert found["bytes_a_record"] >= 256 * 256 * 3
    assert "load_before" in found and "commit" in found
    assert str(tars) not in json.dumps(found)


def test_tables_can_be_made_of_it(found):
    assert "not run" not in prepare_table(found)
    assert "files of the prepared set | not run" not in imagenet_cost(found, None)


def test_routes_make_the_same_square():
    """A picture without detail looks the same by every filter; the box is ours."""
    ramp = np.add.outer(np.linspace(20, 200, 375), np.linspace(0, 50, 500)).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(np.stack([ramp] * 3, -1)).save(file, "JPEG", quality=98, subsampling=0)
    assert max(squares.differences([file.getvalue()]).values()) < 1
    for route in squares.ROUTES.values():
        assert route(file.getvalue()).shape == (256, 256, 3)


def test_the_pillow_box_is_ours(noise):
    assert squares.differences([noise((375, 500), 0)])["pillow box"] < 0.1
    assert squares.differences([noise((375, 500), 0)])["pillow lanczos"] > 1


def test_ratios_are_of_one_round():
    def turn(ours, theirs):
        rates = {"ours": ours, "pillow box": theirs}
        others = ("images_per_cpu_second", "decoded_per_second", "checksummed_per_second")
        return {"images_per_second": rates, **{what: {"ours": 7.0} for what in others}}

    found = prepare.summary([turn(400.0, 100.0), turn(200.0, 100.0), turn(90.0, 30.0)])
    assert found["median"] == {"ours": 200, "pillow box": 100}
    assert found["best"] == {"ours": 400, "pillow box": 100}
    assert found["ratio"] == {"pillow box": 3}  # of 4, 2 and 3
    assert found["checksummed_per_second"] == 7


def test_no_picture_of_the_size(tmp_path, noise, capsys):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.jpg").write_bytes(noise((60, 80), 0))
    assert main(["bench", "prepare", "--source", f"folder:{tmp_path}"]) == 1
    assert "has no JPEG of 500x375; give one that has" in capsys.readouterr().err
