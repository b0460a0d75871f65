import io
import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from rich.console import Console

from alexnet_jax.cli.predict import as_text
from alexnet_jax.errors import UserError
from alexnet_jax.predict import Candidate, Failure, Prediction, expand, predict, render

CLASSES = ("red", "green", "blue")
COLOURS = {"red": (250, 10, 10), "green": (10, 250, 10), "blue": (10, 10, 250)}


class MeanColour:
    """A small classifier: softmax of the mean colour. It keeps the shapes it was given."""

    def __init__(self):
        self.shapes = []

    def __call__(self, images):
        self.shapes.append(images.shape)
        logits = images.mean(axis=(1, 2)) / 50.0
        exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
        return exponentials / exponentials.sum(axis=1, keepdims=True)


def picture(path, colour, size=(40, 30)):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, COLOURS[colour]).save(path)
    return path


def answers(paths, scores=None, **options):
    options = {"side": 8, "classes": CLASSES, "batch_size": 2} | options
    return list(predict(scores or MeanColour(), paths, **options))


def shown(outcome):
    out = io.StringIO()
    Console(file=out, width=80, color_system=None).print(render(outcome))
    return out.getvalue().splitlines()


@pytest.mark.parametrize("batch_size", [1, 2, 3, 10])
def test_one_answer_a_file_in_order_whatever_the_batch(tmp_path, batch_size):
    colours = ["green", "blue", "red", "blue", "green"]
    paths = [picture(tmp_path / f"{i}.png", c) for i, c in enumerate(colours)]
    found = answers(paths, batch_size=batch_size)
    assert [p.path for p in found] == paths
    assert [p.top[0].name for p in found] == colours


def test_probabilities_are_those_of_the_scores(tmp_path):
    (found,) = answers([picture(tmp_path / "a.png", "green")])
    odds = np.exp((250 - 10) / 50)  # means 10, 250, 10: logits differ by 240 / 50
    assert [c.number for c in found.top] == [1, 0, 2]  # the tie of red and blue by number
    assert [c.probability for c in found.top] == pytest.approx(
        [odds / (odds + 2), 1 / (odds + 2), 1 / (odds + 2)]
    )


def test_top_limits_the_classes(tmp_path):
    (found,) = answers([picture(tmp_path / "a.png", "green")], top=1)
    assert [c.name for c in found.top] == ["green"]


def test_scores_see_one_shape_only(tmp_path):
    scores = MeanColour()
    answers([picture(tmp_path / f"{i}.png", "red") for i in range(3)], scores)
    assert scores.shapes == [(2, 8, 8, 3)] * 2


def test_a_bad_file_is_an_answer_and_the_others_are_not_disturbed(tmp_path):
    good = [picture(tmp_path / f"{c}.png", c) for c in CLASSES]
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(good[0].read_bytes()[:60])
    paths = [good[0], broken, good[1], tmp_path / "missing.png", good[2]]
    found = answers(paths, batch_size=4)
    assert [type(a) for a in found] == [Prediction, Failure, Prediction, Failure, Prediction]
    assert [a.path for a in found] == paths
    assert [a.top[0].name for a in found[::2]] == list(CLASSES)
    assert "broken.jpg" in found[1].message
    assert "missing.png" in found[3].message
    assert all("\n" not in a.message for a in found[1::2])


def test_a_batch_without_a_good_file_is_not_scored(tmp_path):
    scores = MeanColour()
    found = answers([tmp_path / "a.png", tmp_path / "b.png"], scores)
    assert [type(a) for a in found] == [Failure, Failure]
    assert scores.shapes == []


def test_answers_come_as_they_are_made(tmp_path):
    scores = MeanColour()
    paths = [picture(tmp_path / f"{i}.png", "red") for i in range(6)]
    stream = predict(scores, paths, side=8, classes=CLASSES, batch_size=2)
    next(stream)
    assert len(scores.shapes) == 1


def test_wrong_number_of_class_names(tmp_path):
    path = picture(tmp_path / "a.png", "red")
    with pytest.raises(ValueError, match=r"2 class names, but scores of shape \(2, 3\)"):
        answers([path], classes=("red", "green"))


def test_the_right_class_is_that_of_the_folder(tmp_path):
    known = picture(tmp_path / "green" / "a.png", "red")
    others = [
        picture(tmp_path / "green" / "below" / "b.png", "red"),
        picture(tmp_path / "c.png", "red"),
    ]
    found = answers([known, *others])
    assert [a.right for a in found] == [1, None, None]
    assert [a.top[0].name for a in found] == ["red"] * 3


def test_pictures_come_with_their_answers(tmp_path):
    (found,) = answers([picture(tmp_path / "a.png", "blue")])
    assert (found.picture == COLOURS["blue"]).all() and found.picture.shape == (8, 8, 3)


def test_pictures_may_be_read_from_elsewhere():
    """A data set, whose names are no files; grey ones have three equal channels."""
    read = lambda position: (np.full((8, 8, 1), 50 * position, np.uint8), position)  # noqa: E731
    found = answers([Path("test/0"), Path("test/1"), Path("test/2")], read=read)
    assert [a.right for a in found] == [0, 1, 2]
    assert [a.picture[0, 0].tolist() for a in found] == [[0] * 3, [50] * 3, [100] * 3]


def test_a_folder_is_its_image_files_sorted(tmp_path):
    inside = [
        picture(tmp_path / "in" / name, "red")
        for name in ("a.png", "b.JPG", "below/c.webp", "z.gif")
    ]
    (tmp_path / "in" / "notes.txt").write_text("no picture")
    (tmp_path / "in" / "folder.png").mkdir()
    picture(tmp_path / "in" / ".hidden.png", "red")
    picture(tmp_path / "in" / ".cache" / "a.png", "red")
    single = tmp_path / "no-suffix"
    assert expand([single, str(tmp_path / "in")]) == [single, *inside]


def test_what_cannot_be_read_stops_nothing(tmp_path):
    """Links that lead nowhere, pipes, folders without pictures, names that no file can have."""
    good = [picture(tmp_path / "in" / f"{name}.png", "red") for name in "az"]
    (tmp_path / "in" / "loop.jpg").symlink_to("loop.jpg")
    (tmp_path / "in" / "gone.jpg").symlink_to("nowhere")
    (tmp_path / "in" / "up").symlink_to("..")
    os.mkfifo(tmp_path / "in" / "pipe.png")
    (tmp_path / "empty").mkdir()
    given = [tmp_path / "in", tmp_path / "empty", "x" * 300, good[0], tmp_path / "in" / "loop.jpg"]
    found = answers(expand(given))
    assert [a.path for a in found if isinstance(a, Prediction)] == [*good, good[0]]
    told = [a.message for a in found if isinstance(a, Failure)]
    expected = (
        "gone.jpg: there is no such file",
        "loop.jpg: it is a link that leads back to itself",
    )
    expected += ("pipe.png: it is a pipe, no regular file", "up: it is a link to a folder that")
    expected += (" holds no image file", "name too long", "loop.jpg: it is a link that")
    for message, part in zip(told, expected, strict=True):
        assert part in message


def test_what_can_be_no_path_stops_nothing(tmp_path):
    good, long = picture(tmp_path / "a.png", "red"), "x" * 300
    given = ["https://a.b/c.jpg", "", "a\0b", "~nobody_of_this_name/a.png", "$PICTURES/a.png", long]
    found = answers(expand([*given, good, tmp_path / "gone.png"], "predict"))
    assert [a.path for a in found if isinstance(a, Prediction)] == [good]
    told = [a.message for a in found if isinstance(a, Failure)]
    says = ("is a URL", "is empty", "cannot be a path", "is not known", "no shell has", "too long")
    for message, part in zip(told, (*says, "there is no such file"), strict=True):
        assert part in message
    assert [a.as_record()["file"] for a in found[:6]] == given
    for one in given:
        with pytest.raises(UserError):
            expand([one], "predict")


def test_an_empty_folder_is_an_error(tmp_path):
    (tmp_path / "notes.txt").write_text("no picture")
    with pytest.raises(UserError, match=f"empty folder: {tmp_path} holds no image file; give"):
        expand([tmp_path])


def test_no_arguments_is_an_error():
    with pytest.raises(UserError, match="no image files given"):
        expand([])


def test_rendered_lines_have_percent_bar_and_name():
    lines = shown(
        Prediction(
            Path("in/[bold]cat.jpg"),
            (Candidate(3, "a cat", 0.75), Candidate(1, "x" * 60, 0.125), Candidate(0, "dog", 0.0)),
        )
    )
    assert [line.rstrip() for line in lines] == [
        "in/[bold]cat.jpg",
        "   75.0 % ██████████████████       a cat",
        "   12.5 % ███                      " + "x" * 35 + "…",
        "    0.0 %                          dog",
    ]


def test_rendered_names_hold_no_control_characters():
    path = Path(os.fsdecode(b"a\xffb\x1b[31m\n.png"))
    assert shown(Prediction(path, ()))[0] == r"a\udcffb\x1b[31m\n.png"
    (failure,) = answers([path])
    assert shown(failure) == [r"cannot read a\udcffb\x1b[31m .png: there is no such file"]


def test_what_went_wrong_is_one_line(capsys):
    failure = Failure("x", f"cannot read {'a long name, ' * 40}: there is no such file")
    as_text()(failure)
    assert capsys.readouterr().out == f"{failure.message}\n"


def test_records_are_json():
    prediction = Prediction(Path("a.png"), (Candidate(3, "cat", 0.75),))
    assert json.loads(json.dumps(prediction.as_record())) == {
        "file": "a.png",
        "top": [{"number": 3, "name": "cat", "probability": 0.75}],
    }
    failure = Failure(Path("b.png"), "b.png: no image")
    assert failure.as_record() == {"file": "b.png", "error": "b.png: no image"}
