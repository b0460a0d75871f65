"""One page in one file: its frame and its look, light or dark, with nothing from elsewhere."""

from collections.abc import Sequence

from alexnet_jax.report.blocks import Text
from alexnet_jax.report.markup import Child, Html, element, inline, joined

# Of what it holds itself a browser shows pictures and styles, and of elsewhere nothing at all.
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"

STYLE = """
:root {
  --paper: #ffffff; --panel: #f3f4f6; --ink: #1b1f24; --grey: #59616b; --rule: #d5dae0;
  --link: #005f97; --bar: #b5dcf4; --right: #f2b84b; --share: 0 114 178;
  --c0: #0072b2; --c1: #d55e00; --c2: #00855f; --c3: #b1488a; --c4: #8a6d00; --c5: #2f93cf;
  --c6: #7a3e9d; --c7: #6b6b6b;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171b; --panel: #20252b; --ink: #e7e9ec; --grey: #a3acb6; --rule: #3a424b;
    --link: #7cc4f2; --bar: #1f557a; --right: #8a5a00; --share: 74 168 224;
    --c0: #52aee6; --c1: #ff8f55; --c2: #34c79b; --c3: #ea9acb; --c4: #e5c04a; --c5: #9bd6ff;
    --c6: #c39bea; --c7: #b4b4b4;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
}
main { max-width: 70rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0.6rem 0; overflow-wrap: anywhere; }
h2 { font-size: 1.25rem; margin: 2.6rem 0 0.6rem; }
h3 { font-size: 1rem; margin: 1.6rem 0 0.4rem; }
p { max-width: 46rem; margin: 0.6rem 0; }
header p, figcaption, caption, .note { color: var(--grey); }
a { color: var(--link); }
nav ul { display: flex; flex-wrap: wrap; gap: 0.2rem 1.1rem; padding: 0; list-style: none; }
code { font-size: 0.88em; overflow-wrap: anywhere; white-space: pre-wrap; }
header .headline { font-size: 1.25rem; color: var(--ink); }
.wide, .stacked { overflow-x: auto; margin: 0.8rem 0; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding-bottom: 0.4rem; }
th, td {
  text-align: left; vertical-align: top; padding: 0.3rem 1rem 0.3rem 0;
  border-bottom: 1px solid var(--rule);
}
thead th { color: var(--grey); font-weight: normal; font-size: 0.9rem; }
tbody th { font-weight: normal; }
.number { text-align: right; }
.two {
  display: grid; gap: 0 2rem;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr));
}
figure { margin: 0.8rem 0; }
.chart { max-width: 34rem; }
.chart > svg { display: block; width: 100%; height: auto; }
svg text { font-size: 14px; fill: var(--grey); }
.middle { text-anchor: middle; } .end { text-anchor: end; }
.grid { stroke: var(--rule); } .mark { stroke: var(--grey); stroke-dasharray: 2 3; }
.c0 { --hue: var(--c0); } .c1 { --hue: var(--c1); } .c2 { --hue: var(--c2); }
.c3 { --hue: var(--c3); } .c4 { --hue: var(--c4); } .c5 { --hue: var(--c5); }
.c6 { --hue: var(--c6); } .c7 { --hue: var(--c7); }
.line { fill: none; stroke: var(--hue); stroke-width: 2; stroke-linejoin: round; }
.dot { fill: var(--hue); }
.alone { fill: var(--hue); stroke: var(--paper); stroke-width: 1.5; }
.legend { display: flex; flex-wrap: wrap; gap: 0.1rem 1.2rem; padding: 0; margin: 0.3rem 0; }
.legend li { list-style: none; overflow-wrap: anywhere; }
.swatch { width: 28px; height: 12px; margin-right: 0.4rem; }
.kernels { display: block; width: 100%; max-width: 50rem; height: auto; }
.tiny { image-rendering: pixelated; }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(9.6rem, 1fr)); gap: 1rem; }
.tile { margin: 0; min-width: 0; font-size: 0.85rem; }
.tile img { display: block; width: 100%; height: auto; aspect-ratio: 1; border-radius: 3px; }
.tile figcaption { color: var(--ink); padding: 0.25rem 0; overflow-wrap: anywhere; }
.bars { list-style: none; margin: 0; padding: 0; }
.bars li {
  display: flex; justify-content: space-between; gap: 0.4rem; margin-bottom: 2px;
  padding: 0 0.3rem; border-radius: 2px;
  --of: var(--bar);
  background: linear-gradient(to right, var(--of) var(--p), var(--panel) var(--p));
}
.bars li.right { --of: var(--right); font-weight: 600; }
.bars span:first-child { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.bars span:last-child { white-space: nowrap; font-variant-numeric: tabular-nums; }
.matrix th, .matrix td { padding: 0.15rem 0.3rem; font-size: 0.85rem; border: 0; }
.matrix thead th { vertical-align: bottom; padding: 0.15rem 0.2rem; }
.matrix thead span { writing-mode: vertical-rl; transform: rotate(180deg); white-space: nowrap; }
.matrix tbody th {
  white-space: nowrap; position: sticky; left: 0; background: var(--paper); z-index: 1;
}
.matrix td { text-align: center; min-width: 2.1rem; background: rgb(var(--share) / var(--p)); }
.matrix td.right { outline: 1px solid var(--grey); outline-offset: -1px; }
.share {
  width: 100%; max-width: 40rem; height: auto; border: 1px solid var(--rule);
  image-rendering: pixelated;
  background: linear-gradient(to top right, #0000 49.9%, var(--rule) 49.9% 50.1%, #0000 50.1%);
}
.numbered { columns: 13rem; padding-left: 2.5rem; }
details { margin: 0.8rem 0; }
summary { cursor: pointer; color: var(--link); }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
@media (max-width: 34rem) {
  .stacked table { width: 100%; }
  .stacked tr { display: block; padding: 0.4rem 0; border-bottom: 1px solid var(--rule); }
  .stacked th, .stacked td { display: block; border: 0; padding: 0; overflow-wrap: anywhere; }
  .stacked tbody th { color: var(--grey); font-size: 0.9rem; }
  .stacked thead { display: none; }
  .stacked thead + tbody th { color: var(--ink); font-size: 1rem; font-weight: 600; }
  .stacked td[data-label]::before { content: attr(data-label) ": "; color: var(--grey); }
}
"""


def page(title: str, lines: Sequence[Text], sections: Sequence[tuple[str, Html]]) -> bytes:
    """A whole file.

    lines: under the title, the first one large. sections: each with its heading, in their order.
    """
    parts = [
        element("section", element("h2", name), body, id=_name(name)) for name, body in sections
    ]
    links = [element("li", element("a", name, href=f"#{_name(name)}")) for name, _ in sections]
    nav = element("nav", element("ul", *links), aria_label="Sections")
    first = ["headline"] + [None] * len(lines)
    said = [element("p", inline(line), class_=x) for line, x in zip(lines, first, strict=False)]
    header = element("header", element("h1", title), *said, nav if len(links) > 2 else None)
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", http_equiv="Content-Security-Policy", content=POLICY),
        element("title", title),
        element("style", Html(STYLE)),
    )
    body = element("body", element("main", header, *parts))
    return f"<!doctype html>\n{element('html', head, body, lang='en')}\n".encode()


def note(text: Text) -> Html:
    """A paragraph beside what it is about."""
    return element("p", inline(text), class_="note")


def folded(summary: str, *inside: Child) -> Html:
    """What few will read, behind a line to click on."""
    return element("details", element("summary", summary), joined(inside))


def _name(heading: str) -> str:
    return "-".join(heading.lower().split())
