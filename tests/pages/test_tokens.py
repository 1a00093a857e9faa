"""Colours and sizes: readable in both themes, small enough to load at once."""

import gzip
import re
from pathlib import Path

import pytest

APP = Path(__file__).resolve().parents[2] / "static" / "app"
VENDOR = APP.parent / "vendor"
PAIR = re.compile(r"--([a-z0-9-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);")
TOKENS = {name: (light, dark) for name, light, dark in PAIR.findall((APP / "tokens.css").read_text())}
SURFACES = ("n-1", "n-2", "n-3")
TONES = ("neutral", "info", "success", "warning", "danger")
TEXT_PAIRS = [
    *((tone + "-fg", tone + "-bg") for tone in TONES),
    *((tone + "-fg", surface) for tone in TONES for surface in SURFACES),
    *((tone + "-border", tone + "-bg") for tone in TONES),
    *((tone + "-border", surface) for tone in TONES for surface in SURFACES),
    *(("n-12", surface) for surface in (*SURFACES, "n-4", "n-5", "accent-soft")),
    *(("n-11", surface) for surface in (*SURFACES, "n-4", "n-5")),
    *(("brand", surface) for surface in (*SURFACES, "n-4", "accent-soft")),
    ("on-accent", "brand"),
    ("on-accent", "accent-hover"),
    ("accent-hover", "n-1"),
    ("n-1", "n-12"),
    ("n-1", "danger-fg"),
]
GRAPHIC_PAIRS = [(name, surface) for name in ("n-9", *(f"c-{tone}" for tone in range(1, 9))) for surface in SURFACES]
PAGE_FILES = [
    APP / "tokens.css",
    APP / "parts.css",
    APP / "app.css",
    APP / "theme.js",
    APP / "app.js",
    APP / "live.js",
    VENDOR / "htmx-2.0.11" / "htmx.min.js",
    VENDOR / "idiomorph-0.8.0" / "idiomorph-ext.min.js",
]
CHART_FILES = [
    *PAGE_FILES,
    APP / "telemetry.css",
    APP / "telemetry.js",
    APP / "charts.js",
    VENDOR / "uplot-1.6.32" / "uPlot.iife.min.js",
]


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_text_and_status_colours_reach_the_text_contrast(theme):
    weak = {
        pair: round(ratio, 2)
        for pair in TEXT_PAIRS
        if (ratio := contrast(TOKENS[pair[0]][theme], TOKENS[pair[1]][theme])) < 4.5
    }
    assert weak == {}


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_graphics_reach_the_graphics_contrast(theme):
    weak = [pair for pair in GRAPHIC_PAIRS if contrast(TOKENS[pair[0]][theme], TOKENS[pair[1]][theme]) < 3]
    assert weak == []


def test_the_scale_has_twelve_neutral_steps():
    assert [name for name in TOKENS if name.startswith("n-")] == [f"n-{step}" for step in range(1, 13)]


@pytest.mark.parametrize("files", [PAGE_FILES, CHART_FILES], ids=["plain", "with a chart"])
def test_a_page_loads_no_more_than_its_budget(files):
    raw = sum(path.stat().st_size for path in files)
    packed = sum(len(gzip.compress(path.read_bytes(), 9)) for path in files)
    assert raw <= 200 * 1024
    assert packed <= 60 * 1024


@pytest.mark.parametrize("name", ["app.js", "live.js", "theme.js", "charts.js", "telemetry.js"])
def test_a_script_stays_small(name):
    assert (APP / name).stat().st_size <= 15 * 1024


def test_styles_use_tokens_for_every_colour():
    stray = {
        path.name: found
        for path in APP.glob("*.css")
        if path.name != "tokens.css"
        if (found := re.findall(r"#[0-9a-fA-F]{3,8}\b(?=[;, )])|rgba?\(", path.read_text()))
    }
    assert stray == {}


def test_no_text_is_smaller_than_a_badge():
    sizes = [int(size) for path in APP.glob("*.css") for size in re.findall(r"font-size: (\d+)px", path.read_text())]
    assert [size for size in sizes if size < 12] == []
