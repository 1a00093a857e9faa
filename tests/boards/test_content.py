"""Hostile text as HTML: nothing acts, nothing loads, nothing is said that the text did not say."""

import re
import time
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boards.content import MAX_MARKDOWN, markdown_html, safe_html, text_of_html

ACTIVE_TAGS = {
    "script", "iframe", "object", "embed", "meta", "link", "base", "applet", "frame", "math", "foreignobject", "use",
    "animate", "set", "audio", "video", "source", "template", "noscript", "portal",
}  # fmt: skip
HOSTILE = [
    "<script>alert(1)</script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<img src=x onerror=alert(1)>",
    "<img/src='x'/onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>",
    "<svg><animate attributeName=href values=javascript:alert(1)></svg>",
    "<svg><foreignObject><body onload=alert(1)></foreignObject></svg>",
    "<svg><use href='data:image/svg+xml,<svg onload=alert(1)>'/></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='java&#10;script:alert(1)'>x</a>",
    "<a href='&#106;avascript:alert(1)'>x</a>",
    "<a href=' \x01javascript:alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href='vbscript:x'>x</a>",
    "<img src='data:text/html,x'>",
    "<img src='data:image/svg+xml;base64,AAAA'>",
    "<img src='//evil.example/x.png'>",
    "<img src='/\\evil.example/x.png'>",
    "<img src='https://evil.example/x.png' srcset='https://evil.example/y.png 2x'>",
    "<iframe src='https://evil.example' srcdoc='<script>alert(1)</script>'></iframe>",
    "<form action='https://evil.example'><button formaction='javascript:alert(1)'>x</button></form>",
    "<input type=image src=https://evil.example autofocus onfocus=alert(1)>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<base href='https://evil.example'>",
    "<object data=x></object><embed src=x>",
    "<div hx-get='/x' data-hx-get='/x' hx-on:click='alert(1)'>x</div>",
    "<style>@import 'https://evil.example/x.css';</style>",
    "<style>a{background:url(https://evil.example)}</style>",
    "<style>a{background:\\75rl(https://evil.example)}</style>",
    "<style></style><img src=x onerror=alert(1)></style>",
    "<div style='background:url(https://evil.example)'>x</div>",
    "<div style='width:expression(alert(1));-moz-binding:x'>x</div>",
    "<p title='</style><script>alert(1)</script>'>x</p>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<template><script>alert(1)</script></template>",
    "<textarea></textarea><img src=x onerror=alert(1)>",
    "<!--><script>alert(1)</script>-->",
    "<x" + "<" * 40 + "img src=x onerror=alert(1)>",
]  # fmt: skip


class Reading(HTMLParser):
    """What a browser would find."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]


HANDLER = re.compile(r"on|hx-|data-|form|srcset$|srcdoc$")
ACTIVE_ADDRESS = re.compile(r"(?i)[\x00-\x20]*(?:java|vb)script:|data:(?!image/(?!svg))")
ACTIVE_CSS = re.compile(r"(?i)url\(|@import|expression|\\|-moz")


def is_inert(html):
    found = Reading(html)
    addresses = [value for name, value in found.attributes if name in {"href", "src", "xlink:href", "action"}]
    styles = [value for name, value in found.attributes if name == "style"] + re.findall("<style>(.*?)</style>", html)
    return not (
        found.tags & ACTIVE_TAGS
        or any(HANDLER.match(name) for name, _ in found.attributes)
        or any(map(ACTIVE_ADDRESS.match, addresses))
        or any(map(ACTIVE_CSS.search, styles))
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_markup_of_a_mockup_comes_out_inert(text):
    assert is_inert(safe_html(text))


@pytest.mark.parametrize("text", HOSTILE)
def test_markdown_with_markup_comes_out_inert(text):
    assert is_inert(markdown_html(text))
    assert "<script" not in markdown_html(text)


@pytest.mark.parametrize("text", HOSTILE)
def test_cleaning_again_changes_nothing(text):
    once = safe_html(text)
    assert safe_html(once) == once


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from([*HOSTILE, "<svg>", "</svg>", "<style>", "</style>", "'", '"', "<table>", "a{}"]), max_size=6
    )
)
def test_pieces_in_any_order_come_out_inert(pieces):
    assert is_inert(safe_html("".join(pieces)))


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_cleaned_to_something_that_stays(text):
    once = safe_html(text)
    assert safe_html(once) == once
    assert is_inert(markdown_html(text))


@pytest.mark.parametrize("target", [
    "javascript:alert(1)", "java&#10;script:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "vbscript:x",
    "file:///etc/passwd",
])  # fmt: skip
def test_a_markdown_link_leads_to_pages_only(target):
    addresses = [value for name, value in Reading(markdown_html(f"[x](<{target}>)")).attributes if name == "href"]
    assert not [value for value in addresses if ":" in value.split("/")[0]]


def test_a_link_tells_the_other_side_nothing():
    html = markdown_html("[x](https://example.org) [y](mailto:a@example.org) [z](/boards)")
    assert html.count('rel="noopener noreferrer nofollow"') == 3


def test_an_image_from_elsewhere_becomes_a_link():
    html = markdown_html("![the plan](https://evil.example/x.png)")
    assert html == '<p><a href="https://evil.example/x.png" rel="noopener noreferrer nofollow">the plan</a></p>\n'


def test_an_image_of_this_server_stays():
    assert markdown_html("![a](/static/a.png)") == '<p><img src="/static/a.png" alt="a"></p>\n'


def test_a_table_is_drawn():
    assert "<td>1</td>" in markdown_html("|a|\n|-|\n|1|")


def test_a_very_long_text_is_shown_as_it_was_written():
    text = "*a*" * MAX_MARKDOWN + "<b>"
    assert markdown_html(text).startswith("<pre>*a*")
    assert markdown_html(text).endswith("&lt;b&gt;</pre>")


@pytest.mark.parametrize("piece", ["[", "*a_ ", "`", "> ", "- ", "![](", "<", "&", "\\", "|a"])
def test_no_markdown_takes_long(piece):
    began = time.process_time()
    markdown_html((piece * MAX_MARKDOWN)[:MAX_MARKDOWN])
    assert time.process_time() - began < 10


@pytest.mark.parametrize("before", ["<div style='", "<style>", "<div>", "<svg>", "<img src='data:image/png;base64,"])
@pytest.mark.parametrize("piece", ["a", "url ", "/*", "@ ", " "])
def test_no_markup_takes_long(before, piece):
    began = time.process_time()
    safe_html(before + piece * (100_000 // len(piece)) + "'></style>")
    assert time.process_time() - began < 10


def test_a_mockup_keeps_layout_style_controls_and_shapes():
    html = (
        '<style>.a{color:red}</style><div class="a" style="margin:0;"><label for="n">Name</label>'
        '<input id="n" type="text" placeholder="…"><svg viewBox="0 0 9 9">'
        '<path d="M0 0h9" stroke="red"></path></svg></div>'
    )
    assert set(Reading(safe_html(html)).attributes) == set(Reading(html).attributes)
    assert "<style>.a{color:red}</style>" in safe_html(html)


def test_only_the_declaration_that_loads_is_dropped():
    assert safe_html("<p style='color:red;background:URL (x);margin:0'>x</p>") == '<p style="color:red;;margin:0">x</p>'


def test_the_words_of_markup_are_found():
    assert text_of_html("<h1>Pay<b>ments</b></h1><script>x()</script><p>a &amp; b</p>") == "Pay ments a & b"
