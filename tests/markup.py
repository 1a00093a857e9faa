"""What a test looks at in a page: headings, links, names, and what the policy forbids."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
NAMED = frozenset({"a", "button", "select", "textarea", "summary"})
Attributes = dict[str, str]


@dataclass
class Element:
    """One element with its attributes, text (of everything inside) and the names of its ancestors."""

    tag: str
    attributes: Attributes
    ancestors: tuple[str, ...]
    text: str = ""

    def get(self, name: str) -> str:
        return self.attributes.get(name, "")

    @property
    def words(self) -> str:
        return " ".join(self.text.split())


@dataclass
class Page:
    """Every element of a document in order."""

    elements: list[Element] = field(default_factory=list)

    def all(self, tag: str) -> list[Element]:
        return [element for element in self.elements if element.tag == tag]

    def one(self, tag: str) -> Element:
        found = self.all(tag)
        assert len(found) == 1, f"{len(found)} <{tag}> elements"
        return found[0]

    @property
    def text(self) -> str:
        return self.one("html").words

    @property
    def links(self) -> list[str]:
        return [element.get("href") for element in self.all("a")]

    def offences(self) -> list[str]:
        """Inline style, script and handlers, and requests that leave the origin."""
        found = []
        for element in self.elements:
            names = [name for name in element.attributes if name == "style" or name.startswith(("on", "hx-on"))]
            found += [f"<{element.tag} {name}>" for name in names]
            if element.tag == "style" or (
                element.tag == "script" and element.words and element.get("type") != "application/json"
            ):
                found.append(f"<{element.tag}> with a body")
            address = element.get("src") or (element.get("href") if element.tag in {"link", "use"} else "")
            if "//" in address:
                found.append(f"<{element.tag}> loads {address}")
        return found

    def nameless(self) -> list[str]:
        """Controls that a screen reader could not name."""
        labelled = {element.get("for") for element in self.all("label")}
        found = [
            element.tag
            for element in self.elements
            if element.tag in NAMED
            and not (
                element.words or element.get("aria-label") or element.get("title") or element.get("id") in labelled
            )
        ]
        inputs = [e for e in self.all("input") if e.get("type") not in {"hidden", "submit", "button"}]
        return found + [
            f"input {e.get('name')}"
            for e in inputs
            if not (e.get("aria-label") or e.get("id") in labelled or "label" in e.ancestors)
        ]


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page()
        self.open: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs}, tuple(item.tag for item in self.open))
        self.page.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop().tag != tag:
            continue

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.text += data


def parse(content: bytes | str) -> Page:
    parser = _Parser()
    parser.feed(content.decode() if isinstance(content, bytes) else content)
    return parser.page
