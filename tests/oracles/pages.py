"""What a page is made of, read by the parser of the standard library."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "img", "br", "link", "input", "hr"}
FETCH = ("src", "href", "srcset", "xlink:href", "action", "data", "poster")


@dataclass
class Element:
    name: str
    attributes: dict
    children: list = field(default_factory=list)  # elements and texts

    def all(self, name):
        """Those below it, in their order."""
        inner = [child for child in self.children if isinstance(child, Element)]
        found = []
        for child in inner:
            found += [child] * (child.name == name) + child.all(name)
        return found

    @property
    def text(self):
        parts = (x if isinstance(x, str) else x.text for x in self.children)
        return "".join(parts)

    def table(self):
        """The texts of its rows, the header first."""
        return [
            [cell.text for cell in row.children if isinstance(cell, Element)]
            for row in self.all("tr")
        ]


class Reader(HTMLParser):
    """Raises AssertionError for an element that is not closed where it has to be."""

    def __init__(self, text):
        super().__init__()
        self.root = Element("", {})
        self.open = [self.root]
        self.feed(text)
        self.close()
        assert len(self.open) == 1, self.open[-1].name

    def handle_starttag(self, name, attributes):
        assert len({key for key, _ in attributes}) == len(attributes), (name, attributes)
        made = Element(name, dict(attributes))
        self.open[-1].children.append(made)
        if name not in VOID:
            self.open.append(made)

    def handle_endtag(self, name):
        assert self.open.pop().name == name

    def handle_data(self, data):
        self.open[-1].children.append(data)


def read(content):
    """The root of a page that keeps the rules of all pages."""
    text = content.decode("utf-8")
    root = Reader(text).root
    assert len(root.all("h1")) == len(root.all("title")) == len(root.all("main")) == 1
    assert root.all("html")[0].attributes["lang"] == "en"
    assert not root.all("script") and not root.all("link") and not root.all("iframe")
    for image in root.all("img"):
        assert image.attributes["alt"].strip()
        assert image.attributes["src"].startswith("data:image/")
    for drawing in root.all("svg"):
        assert drawing.attributes.get("aria-hidden") or drawing.attributes["aria-label"].strip()
    every = [root, *(x for name in set(names(root)) for x in root.all(name))]
    for one in every:
        assert not [key for key in one.attributes if key.startswith("on")], one
        for key in FETCH:
            given = one.attributes.get(key, "#")
            assert given.startswith(("#", "data:image/")), (one.name, key, given)
    (style,) = root.all("style")
    assert "prefers-color-scheme: dark" in style.text
    assert "url(" not in style.text and "@import" not in style.text
    policies = [x.attributes.get("content", "") for x in root.all("meta")]
    assert "default-src 'none'; img-src data:; style-src 'unsafe-inline'" in policies
    ids = [x.attributes["id"] for x in every if "id" in x.attributes]
    assert len(set(ids)) == len(ids)
    assert {x.attributes["href"][1:] for x in root.all("a")} <= set(ids)
    return root


def names(element):
    inner = [child for child in element.children if isinstance(child, Element)]
    return [child.name for child in inner] + [name for child in inner for name in names(child)]


def sections(root):
    """Each section by its heading."""
    return {section.all("h2")[0].text: section for section in root.all("section")}
