"""What mkdocs does with our pages besides (mkdocs.yml).

The pages are written for a checkout: they link to files outside of docs/, and some of them lie
there. A site has neither, so it gets those pages, and a page for each file that is linked to.
"""

import posixpath
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
# Pages that lie outside of docs/, and what they are called in the site.
OUTSIDE = {
    "README.md": "readme.md",
    "RESULTS.md": "results.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
}
WIDE = {"readme.md", "results.md"}  # their tables need the place of the table of contents
LINK = re.compile(r"(?<=\]\()([^)#\s]+)(?=[)#])")
ELSEWHERE = re.compile(r"<(?:script|img|iframe)[^>]* src=.?(?:https?:)?//[^>]*>")
LANGUAGES = {".py": "python", ".json": "json", ".md": "markdown", ".sbatch": "bash"}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the pages that are not in docs/."""
    sys.path.insert(0, str(DOCS))  # the code of the tutorials imports pictures.py
    for here, there in OUTSIDE.items():
        files.append(File.generated(config, there, content=(ROOT / here).read_text()))
    files.append(File.generated(config, "decisions/index.md", content=decisions()))
    pages = [*(ROOT / here for here in OUTSIDE), *DOCS.rglob("*.md")]
    linked = {path for page in pages for path in targets(page) if not path.is_relative_to(DOCS)}
    for path in sorted(linked):
        if name(path) not in OUTSIDE:
            files.append(File.generated(config, uri_of(path), content=shown(path)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Links to where the site has what they name, and what Python-Markdown reads otherwise."""
    uri = page.file.src_uri
    if uri in WIDE:
        page.meta["hide"] = ["toc"]
    named = {there: ROOT / here for here, there in OUTSIDE.items()}
    origin = named.get(uri, DOCS / uri)

    def relinked(match: re.Match[str]) -> str:
        path = target(origin, match[1])
        if path is None:
            return match[1]
        return posixpath.relpath(uri_of(path), posixpath.dirname(uri) or ".")

    if uri.startswith("source/"):
        page.meta["search"] = {"boost": 0.1}  # what is written for readers is found first
    else:
        markdown = LINK.sub(relinked, markdown)
    markdown = re.sub(r"^<!-- see (\w+) -->$", lambda match: table(match[1]), markdown, flags=re.M)
    markdown = re.sub(r"^<!-- (table:\w+|end) -->$", "", markdown, flags=re.M)
    return re.sub(r"^\|.*$", pipes, markdown, flags=re.M)


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """The page as it is. Raises PluginError if it would load something from elsewhere."""
    if found := ELSEWHERE.search(output):
        raise PluginError(f"{page.file.src_uri} is to be read without a network: {found[0]}")
    return output


def target(page: Path, link: str) -> Path | None:
    """The file or folder of the checkout that a link of the page names, if it names one."""
    if re.match(r"[a-z]+:", link):
        return None
    path = (page.parent / link).resolve()
    return path if path.exists() and path.is_relative_to(ROOT) else None


def targets(page: Path) -> Iterator[Path]:
    found = (target(page, link) for link in LINK.findall(page.read_text()))
    return (path for path in found if path is not None)


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def uri_of(path: Path) -> str:
    """Where the site has a file or folder of the checkout."""
    if name(path) in OUTSIDE:
        return OUTSIDE[name(path)]
    if path.is_relative_to(DOCS):
        inside = path.relative_to(DOCS).as_posix()
        return f"{inside}/index.md" if path.is_dir() else inside
    return f"source/{name(path)}.md"


def shown(path: Path) -> str:
    """A page with the text of a file, or the names in a folder."""
    heading = f"# {name(path)}\n\n"
    if path.is_dir():
        return heading + "\n".join(f"- `{each.name}`" for each in sorted(path.iterdir())) + "\n"
    return f"{heading}~~~~{LANGUAGES.get(path.suffix, 'text')}\n{path.read_text()}\n~~~~\n"


def decisions() -> str:
    """The list of docs/decisions."""
    lines = []
    for path in sorted((DOCS / "decisions").glob("*.md")):
        title = path.read_text().splitlines()[0].removeprefix("# ")
        number, _, said = title.partition(". ")
        lines.append(f"- {number}: [{said}]({path.name})")
    return "# Decisions\n\nChoices that were hard, and why they fell so.\n\n" + "\n".join(lines)


def table(of: str) -> str:
    """A table of the README, which is made from records (`python -m experiments pages`)."""
    text = (ROOT / "README.md").read_text()
    found = re.search(rf"<!-- table:{of} -->\n(.*?)<!-- end -->", text, flags=re.S)
    assert found, f"README.md has no table {of}"
    return found[1]


def pipes(row: re.Match[str]) -> str:
    """GitHub takes a backslash before a bar for none in code, too; Python-Markdown shows it."""
    return re.sub(r"`[^`]*`", lambda code: code[0].replace("\\|", "|"), row[0])
