"""What `predict` draws: the sheet, the page, and which pictures of many are on them."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from alexnet_jax.cli.drawn import ON_A_PAGE, Drawn
from alexnet_jax.predict import Candidate, Failure, Prediction
from alexnet_jax.report.answer_sheet import BAR, GAP, MARGIN, NAME, TILE, TITLE, answer_sheet
from alexnet_jax.report.pictures import thumbnail
from alexnet_jax.report.style import look
from alexnet_jax.report.tiles import Bar, Tile
from oracles.pages import read

CLASSES = ("cat", "n02113799", "<moon>")
ORANGE, SKY = (242, 184, 75), (181, 220, 244)


def picture(value):
    return np.full((300, 300, 3), value, np.uint8)


def drawn_sheet(tiles):
    with look():
        figure = answer_sheet("runs/photos, ten views", tiles)
        content = io.BytesIO()
        figure.savefig(content, dpi=figure.dpi)
    with Image.open(content) as opened:
        return figure, np.asarray(opened.convert("RGB"))


def test_the_sheet_has_pictures_and_bars_as_long_as_their_shares():
    bars = [Bar("cat", 0.75), Bar("moon", 0.25, right=True)]
    tiles = [Tile(thumbnail(picture(40 * i)), "", f"{i}.png", bars) for i in range(7)]
    figure, page = drawn_sheet(tiles)
    step = TILE + NAME + 2 * BAR + GAP
    assert page.shape[0] == 2 * MARGIN + TITLE + 2 * step
    for number in range(7):
        row, column = divmod(number, 6)
        top, left = MARGIN + TITLE + row * step, MARGIN + column * (TILE + GAP)
        inside = page[top : top + TILE, left : left + TILE]
        assert (abs(inside.astype(int) - 40 * number) <= 1).all()
        top += TILE + NAME
        for bar, (colour, share) in enumerate([(SKY, 0.75), (ORANGE, 0.25)]):
            under = page[top + bar * BAR, left : left + TILE]  # above the letters
            assert (under == colour).all(1).sum() == round(share * TILE)
    said = [text.get_text() for text in figure.texts]
    assert said[:6] == ["runs/photos, ten views", "0.png", "cat", "75 %", "moon", "25 %"]
    weights = [text.get_fontweight() for text in figure.texts[2:6]]
    assert weights == ["normal", "normal", "bold", "bold"]


@pytest.mark.parametrize("count, columns", [(1, 3), (4, 4), (9, 6)])
def test_a_sheet_is_as_wide_as_its_pictures(count, columns):
    tiles = [Tile(thumbnail(picture(0)), "", "a.png", [Bar("cat", 1.0)])] * count
    _, page = drawn_sheet(tiles)
    assert page.shape[1] == 2 * MARGIN + columns * (TILE + GAP) - GAP


def test_names_too_long_are_cut_before_the_percent():
    bars = [Bar("W" * 60, 0.5)]
    figure, _ = drawn_sheet([Tile(thumbnail(picture(0)), "", "x" * 200, bars)])
    caption, name = figure.texts[1].get_text(), figure.texts[2].get_text()
    assert name.startswith("WW") and name.endswith("…") and len(name) < 20
    assert caption.endswith("…") and len(caption) <= 41


def outcome(number, right=None, first=0):
    top = (Candidate(first, CLASSES[first], 0.9), Candidate(1 - first, CLASSES[1 - first], 0.1))
    return Prediction(Path(f"in/{number}.png"), top, right, picture(0))


def test_the_page_has_each_picture_with_words_and_the_right_class_marked(tmp_path, capsys):
    drawn = Drawn(4, CLASSES, None, tmp_path / "page.html")
    unknown = Failure(Path("c.png"), "c.png: no picture")
    for one in (outcome(0, 0), outcome(1, 1), unknown, outcome(3, None, 1)):
        drawn.add(one)
    drawn.write("runs/<photos>", "ten views")
    root = read((tmp_path / "page.html").read_bytes())
    assert [x.text for x in root.all("figcaption")] == [
        "cat · 0.png",
        "standard poodle · 1.png",
        "3.png",
    ]
    assert [[bar.text for bar in bars.all("li")] for bars in root.all("ol")] == [
        ["✓ cat (right)90 %", "standard poodle10 %"],
        ["cat90 %", "✓ standard poodle (right)10 %"],
        ["standard poodle90 %", "cat10 %"],
    ]
    # One error of two: Wilson 9.45 to 90.55.
    assert root.all("p")[0].text == (
        "3 pictures; 1 file could not be read. Top-1 error of the 2 whose class is known: 50.00 % "
        "(9.45 to 90.55 %)."
    )
    assert root.all("code")[0].text == "runs/<photos>"
    assert capsys.readouterr().err == f"alexnet-jax: {tmp_path}/page.html: 3 of 3 pictures\n"


def test_of_many_pictures_some_are_kept_spread_over_all(tmp_path):
    drawn = Drawn(3000, CLASSES, None, tmp_path / "page.html")
    for number in range(3000):
        drawn.add(
            Prediction(Path(f"{number}.png"), outcome(0).top, 0, np.zeros((8, 8, 3), np.uint8))
        )
    drawn.write("net", "ten views")
    page = (tmp_path / "page.html").read_bytes()
    root = read(page)
    shown = [int(x.text.split()[-1].removesuffix(".png")) for x in root.all("figcaption")]
    assert len(shown) == ON_A_PAGE and shown[0] == 0 and shown[-1] == 2999
    assert max(np.diff(shown)) <= 7
    assert "3,000 pictures, of which 500 are drawn, spread over them." in root.text
    assert len(drawn._tiles) == ON_A_PAGE  # no more is in memory


def test_nothing_but_failures(tmp_path):
    drawn = Drawn(1, CLASSES, tmp_path / "sheet.png", tmp_path / "page.html")
    drawn.add(Failure(Path("a.png"), "a.png: no picture"))
    drawn.write("net", "centre view")
    assert "There is no picture to show." in read((tmp_path / "page.html").read_bytes()).text
    assert (tmp_path / "sheet.png").exists()
