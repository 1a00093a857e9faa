"""Text that others wrote, as HTML: Markdown for pages, and markup of mockups for their sandboxed frame.

Both end in allow-lists: what is not named here does not survive. Nothing here trusts that the text was cleaned before.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from html import escape, unescape
from html.parser import HTMLParser
from typing import Any, Final

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

MAX_MARKDOWN: Final = 65_536  # characters; what is longer is shown as it was written
MAX_NESTING: Final = 20
REMEMBERED: Final = 256  # rendered texts

LINK_SCHEMES: Final = {"http", "https", "mailto"}
LINK_REL: Final = "noopener noreferrer nofollow"
SCHEME: Final = re.compile(r"([^/?#:]*):")  # what a browser, or a careless reader, may take for one
DATA_IMAGE: Final = re.compile(r"data:image/(?:png|jpe?g|gif|webp);base64,[A-Za-z0-9+/=\s]*\Z", re.IGNORECASE)
RELATIVE: Final = re.compile(r"(?!//)[\w./~%#?&=+,@!$()*;-]+\Z", re.ASCII)  # no scheme, no host, no backslash

MARKDOWN_TAGS: Final = frozenset({
    "p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "em", "strong", "s", "code", "pre", "blockquote", "ul", "ol",
    "li", "table", "thead", "tbody", "tr", "th", "td", "a", "img",
})  # fmt: skip
MARKDOWN_ATTRIBUTES: Final[Mapping[str, set[str]]] = {
    "a": {"href", "title"}, "img": {"src", "alt", "title"}, "ol": {"start"},
}  # fmt: skip

SHAPES: Final = frozenset({
    "svg", "g", "path", "circle", "ellipse", "rect", "line", "polyline", "polygon", "text", "tspan",
})  # fmt: skip
DRAWN: Final = {
    "cx", "cy", "d", "dx", "dy", "fill", "fill-opacity", "fill-rule", "font-size", "height", "opacity", "points", "r",
    "rx", "ry", "stroke", "stroke-dasharray", "stroke-linecap", "stroke-linejoin", "stroke-opacity", "stroke-width",
    "text-anchor", "transform", "viewBox", "width", "x", "x1", "x2", "y", "y1", "y2",
}  # fmt: skip
MOCKUP_TAGS: Final = MARKDOWN_TAGS | SHAPES | {
    "div", "span", "section", "article", "header", "footer", "main", "nav", "aside", "figure", "figcaption", "address",
    "small", "b", "i", "u", "del", "ins", "mark", "sub", "sup", "kbd", "samp", "var", "abbr", "cite", "q", "time", "dl",
    "dt", "dd", "caption", "col", "colgroup", "tfoot", "details", "summary", "form", "fieldset", "legend", "label",
    "input", "button", "select", "optgroup", "option", "textarea", "progress", "meter",
}  # fmt: skip
MOCKUP_ATTRIBUTES: Final[Mapping[str, set[str]]] = {
    **MARKDOWN_ATTRIBUTES,
    **dict.fromkeys(SHAPES, DRAWN),
    "*": {"class", "style", "id", "title", "role", "dir", "lang", "hidden", "tabindex"},
    "img": {"src", "alt", "width", "height"},
    "input": {"type", "value", "placeholder", "checked", "disabled", "readonly", "min", "max", "step", "name"},
    "button": {"type", "disabled"},
    "select": {"disabled", "multiple", "name"},
    "option": {"value", "selected", "disabled"},
    "optgroup": {"label"},
    "textarea": {"placeholder", "rows", "cols", "disabled", "readonly", "name"},
    "label": {"for"},
    "details": {"open"},
    "progress": {"value", "max"},
    "meter": {"value", "min", "max", "low", "high", "optimum"},
    "time": {"datetime"},
    "th": {"colspan", "rowspan", "scope"},
    "td": {"colspan", "rowspan"},
    "col": {"span"},
    "colgroup": {"span"},
}
# What loads something, runs something, or hides what it does behind escapes.
ACTIVE_CSS: Final = re.compile(
    r"url\s*\(|src\s*\(|image\s*\(|image-set\s*\(|@\s*import|@\s*font-face|@\s*namespace|expression\s*\(|"
    r"behaviou?r|-moz-binding|javascript\s*:|[\\<]",
    re.IGNORECASE,
)
DECLARATION_ENDS: Final = re.compile(r"([;{}])")
COMMENT: Final = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)


def is_local_image(source: str) -> bool:
    """Whether an image comes from this server or is part of the text itself."""
    return bool(DATA_IMAGE.match(source) or RELATIVE.match(source))


def _link_instead_of_image(renderer: RendererHTML, tokens: Sequence[Token], place: int, options: Any, env: Any) -> str:
    """An image from elsewhere would tell its server who reads: it becomes a link."""
    source = str(tokens[place].attrGet("src") or "")
    if is_local_image(source):
        return renderer.image(tokens, place, options, env)
    label = renderer.renderInlineAsText(tokens[place].children, options, env) or source
    return f'<a href="{escape(source)}">{escape(label)}</a>'


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": MAX_NESTING}).enable(["table", "strikethrough"])
    parser.add_render_rule("image", _link_instead_of_image)
    return parser


_markdown = _parser()


@lru_cache(maxsize=REMEMBERED)
def markdown_html(text: str) -> str:
    """Markdown (CommonMark and tables; no HTML) as HTML that is safe in a page.

    Longer texts than `MAX_MARKDOWN` characters are shown unformatted.
    """
    if len(text) > MAX_MARKDOWN:
        return f"<pre>{escape(text)}</pre>"
    return _clean(_markdown.render(text), MARKDOWN_TAGS, MARKDOWN_ATTRIBUTES, _markdown_attribute)


def _clean(
    html: str,
    tags: frozenset[str],
    attributes: Mapping[str, set[str]],
    attribute_filter: Callable[[str, str, str], str | None],
) -> str:
    return nh3.clean(
        html,
        tags=set(tags),
        attributes=dict(attributes),
        attribute_filter=attribute_filter,
        clean_content_tags={"script", "style", "title", "template", "noscript", "iframe", "object", "textpath"},
        url_schemes=LINK_SCHEMES | {"data"},
        generic_attribute_prefixes={"aria-"} if attributes is MOCKUP_ATTRIBUTES else None,
        link_rel=LINK_REL,
    )


def _markdown_attribute(tag: str, name: str, value: str) -> str | None:
    """Images come from here; links lead to pages, whatever a parser makes of what stands before the colon."""
    if name == "src":
        return value if is_local_image(value) else None
    if name == "href":
        before = SCHEME.match(value)
        return None if before and before[1].strip().lower() not in LINK_SCHEMES else value
    return value


def _mockup_attribute(tag: str, name: str, value: str) -> str | None:
    if name == "style":
        return _inert(value) or None
    if tag in SHAPES and ACTIVE_CSS.search(value):
        return None
    return _markdown_attribute(tag, name, value)


def _inert(css: str) -> str:
    """Style rules without the declarations that reach outside."""
    parts = DECLARATION_ENDS.split(COMMENT.sub("", css))
    return "".join(part for part in parts if not ACTIVE_CSS.search(part)).strip()


class _Styles(HTMLParser):
    """The text of every `style` element. It may read markup differently than a browser: its finds are made inert."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.found: list[str] = []
        self._is_inside = False

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self._is_inside = tag == "style"

    def handle_endtag(self, tag: str) -> None:
        self._is_inside = False

    def handle_data(self, data: str) -> None:
        if self._is_inside:
            self.found.append(data)


def safe_html(html: str) -> str:
    """Markup of a mockup: layout, style, form controls and plain shapes, nothing that acts or loads.

    For the sandboxed frame of mockups only: `class`, `style` and `id` survive, which a page must not take from others.
    """
    reader = _Styles()
    reader.feed(html)
    reader.close()
    css = "\n".join(filter(None, map(_inert, reader.found)))
    body = _clean(html, MOCKUP_TAGS, MOCKUP_ATTRIBUTES, _mockup_attribute)
    return f"<style>{css}</style>{body}" if css else body


@lru_cache(maxsize=REMEMBERED)
def text_of_html(html: str) -> str:
    """What a reader of the markup sees, for search: without tags, scripts and styles."""
    bare = nh3.clean(html.replace("<", " <"), tags=set(), attributes={}, clean_content_tags={"script", "style"})
    return " ".join(unescape(bare).split())
