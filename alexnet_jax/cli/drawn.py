"""Answers of `predict` as pictures: a sheet, a page, or both, with memory for some of them."""

from collections.abc import Sequence
from pathlib import Path

from alexnet_jax.data.words import words_of
from alexnet_jax.output import notice
from alexnet_jax.predict import Failure, Prediction
from alexnet_jax.report.answer_sheet import answer_sheet
from alexnet_jax.report.chosen import spread
from alexnet_jax.report.pictures import thumbnail
from alexnet_jax.report.predictions_page import counted, predictions_page
from alexnet_jax.report.style import look, save, write_whole
from alexnet_jax.report.tiles import Bar, Tile

ON_A_SHEET, ON_A_PAGE = 96, 500  # pictures at most


class Drawn:
    """Keeps small copies of some pictures, spread over all, and counts the rest."""

    def __init__(self, total: int, classes: Sequence[str], sheet: Path | None, page: Path | None):
        self._classes = classes
        self._sheet, self._page = sheet, page
        self._on_sheet = set(spread(total, ON_A_SHEET).tolist()) if sheet else set()
        self._on_page = set(spread(total, ON_A_PAGE).tolist()) if page else set()
        self._tiles: dict[int, Tile] = {}
        self._place = self._pictures = self._known = self._right = self._unread = 0

    def add(self, outcome: Prediction | Failure) -> None:
        """The next answer; a failure has no picture."""
        place, self._place = self._place, self._place + 1
        if isinstance(outcome, Failure):
            self._unread += 1
            return
        self._pictures += 1
        self._known += outcome.right is not None
        self._right += outcome.right == outcome.top[0].number
        if place in self._on_sheet or place in self._on_page:
            self._tiles[place] = self._tile(outcome)

    def write(self, network: str, views: str) -> None:
        """Writes the files and says of each how many pictures it has. UserError if it cannot."""
        if self._sheet:
            tiles = self._of(self._on_sheet)
            with look():
                save(answer_sheet(f"{network}, {views}", tiles), self._sheet)
            self._say(self._sheet, len(tiles))
        if self._page:
            tiles = self._of(self._on_page)
            said = counted(self._pictures, len(tiles), self._known, self._right, self._unread)
            write_whole(self._page, predictions_page(network, views, said, tiles))
            self._say(self._page, len(tiles))

    def _tile(self, outcome: Prediction) -> Tile:
        bars = [Bar(one.words, one.probability, one.number == outcome.right) for one in outcome.top]
        caption = outcome.path.name
        if outcome.right is not None:
            caption = f"{words_of(self._classes[outcome.right])} · {caption}"
        assert outcome.picture is not None
        return Tile(thumbnail(outcome.picture), f"The picture {outcome.path}", caption, bars)

    def _of(self, places: set[int]) -> list[Tile]:
        return [self._tiles[place] for place in sorted(places & self._tiles.keys())]

    def _say(self, path: Path, count: int) -> None:
        notice(f"{path}: {count:,} of {self._pictures:,} pictures")
