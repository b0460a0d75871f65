"""Curves as SVG inside a page, whose style sheet colours them: light or dark, any width."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.ticker import MaxNLocator

from alexnet_jax.report.markup import Html, element, joined

WIDTH, HEIGHT = 520, 300
LEFT, RIGHT, TOP, BOTTOM = 52, 12, 26, 44  # around the axes
MOST_POINTS = 1200  # of a curve; of more, the lowest and the highest of each stretch
MARKED = 40  # a curve of no more points has each of them marked
LINES = 8  # colours of the style sheet; further curves have them again, dashed
DASHES = (None, "7 4", "2 4")

Number = float | int
Points = Sequence[tuple[Number, Number]]


@dataclass(frozen=True)
class Curve:
    """Points joined by a line; or, `alone`, a mark of their own. line: its number, for the look."""

    name: str
    points: Points
    line: int
    dashed: bool = False
    alone: bool = False


@dataclass(frozen=True)
class Axes:
    """What is drawn, and where."""

    right: Number
    top: Number

    def at(self, x: Number, y: Number) -> tuple[float, float]:
        """Where a point of the data lies in the drawing."""
        return (
            LEFT + x / self.right * (WIDTH - LEFT - RIGHT),
            HEIGHT - BOTTOM - y / self.top * (HEIGHT - TOP - BOTTOM),
        )


def chart(
    title: str,
    across: str,
    curves: Sequence[Curve],
    marks: Sequence[tuple[Number, str]] = (),
) -> Html:
    """The curves over axes from zero, and under them what each is if there are several.

    title: what is measured, with its unit. across: the same of the horizontal axis. marks: places
    on it, with what is written above them, that of the first at the left.
    """
    curves = [curve for curve in curves if curve.points]
    axes = Axes(
        right=max((x for curve in curves for x, _ in curve.points), default=1) or 1,
        top=1.04 * max((y for curve in curves for _, y in curve.points), default=1) or 1,
    )
    drawing = element(
        "svg",
        *_grid(axes),
        *_marks(axes, marks),
        element("text", across, x=(LEFT + WIDTH - RIGHT) / 2, y=HEIGHT - 6, class_="middle"),
        *(_drawn(axes, curve) for curve in curves),
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        role="img",
        aria_label=f"{title} by {across}: {', '.join(map(_said, curves))}",
    )
    return element(
        "figure",
        element("figcaption", title),
        drawing,
        element("ul", *map(_named, curves), class_="legend") if len(curves) > 1 else None,
        class_="chart",
    )


def swatch(line: int, *, dashed: bool = False, alone: bool = False) -> Html:
    """A piece of a curve, to stand before its name."""
    inside = (
        element("path", d=_diamond(14, 6), class_=_class(line, "alone"))
        if alone
        else element("path", d="M1 6H27", class_=_class(line), stroke_dasharray=_dash(line, dashed))
    )
    return element("svg", inside, viewBox="0 0 28 12", class_="swatch", aria_hidden="true")


def thinned(points: Points, most: int = MOST_POINTS) -> Points:
    """The lowest and the highest of each stretch of many points, in their order, and the ends."""
    if len(points) <= most:
        return points
    size = -(-2 * len(points) // most)
    kept = {0, len(points) - 1}
    for start in range(0, len(points), size):
        stretch = range(start, min(start + size, len(points)))
        kept |= {pick(stretch, key=lambda i: points[i][1]) for pick in (min, max)}
    return [points[i] for i in sorted(kept)]


def _grid(axes: Axes) -> list[Html]:
    found = []
    for y in MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]).tick_values(0, axes.top):
        if 0 <= y <= axes.top:
            left, height = axes.at(0, y)
            line = element("path", d=f"M{LEFT} {height:.1f}H{WIDTH - RIGHT}", class_="grid")
            found += [line, element("text", f"{y:g}", x=left - 7, y=height + 5, class_="end")]
    for x in MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]).tick_values(0, axes.right):
        if 0 <= x <= axes.right:
            place = axes.at(x, 0)[0]
            found.append(
                element("text", f"{x:,g}", x=place, y=HEIGHT - BOTTOM + 18, class_="middle")
            )
    return found


def _marks(axes: Axes, marks: Sequence[tuple[Number, str]]) -> list[Html]:
    """A dotted line at each but the first; words that would run into those before are left out."""
    found, free_from = [], 0.0
    for i, (x, text) in enumerate(marks):
        place = LEFT if i == 0 else axes.at(x, 0)[0]
        if i > 0:
            found.append(element("path", d=f"M{place:.1f} {TOP}V{HEIGHT - BOTTOM}", class_="mark"))
        if place - (0 if i == 0 else 20) >= free_from and place < WIDTH - RIGHT - 10:
            side = "start" if i == 0 else "middle"
            found.append(element("text", text, x=place, y=TOP - 9, class_=side))
            free_from = place + (75 if i == 0 else 40)
    return found


def _drawn(axes: Axes, curve: Curve) -> Html:
    places = [axes.at(*point) for point in thinned(curve.points)]
    if curve.alone:
        return joined([_mark(curve, _diamond(*place)) for place in places])
    line = element(
        "path",
        d="M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places),
        class_=_class(curve.line),
        stroke_dasharray=_dash(curve.line, curve.dashed),
    )
    if len(places) > MARKED:
        return line
    dots = [element("circle", cx=x, cy=y, r=3, class_=_class(curve.line, "dot")) for x, y in places]
    return joined([line, *dots])


def _mark(curve: Curve, path: str) -> Html:
    return element("path", d=path, class_=_class(curve.line, "alone"))


def _diamond(x: Number, y: Number) -> str:
    return f"M{x - 6:.1f} {y:.1f}l6 -6l6 6l-6 6z"


def _named(curve: Curve) -> Html:
    return element("li", swatch(curve.line, dashed=curve.dashed, alone=curve.alone), curve.name)


def _said(curve: Curve) -> str:
    return f"{curve.name} ends at {curve.points[-1][1]:.4g}"


def _class(line: int, also: str = "line") -> str:
    return f"{also} c{line % LINES}"


def _dash(line: int, dashed: bool) -> str | None:
    return DASHES[1] if dashed else DASHES[line // LINES % len(DASHES)]
