"""How the telemetry pages write numbers, rates and durations."""

import math
from typing import Final

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from pulse_project.core import clock
from telemetry.instants import instant

register = template.Library()

NOTHING: Final = "—"
LONGEST_STAMP: Final = 24
_UNITS: Final = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


@register.filter
def number(value: float | None) -> str:
    """Whole numbers with commas; a dash for None."""
    return NOTHING if value is None else f"{value:,.0f}"


@register.filter
def rate(value: float | None) -> str:
    """A share between 0 and 1 in percent, cut to one place: what is below a threshold never reads as reaching it."""
    return NOTHING if value is None else f"{math.floor(value * 1000 + 1e-9) / 10:.1f} %"


@register.filter
def lasting(seconds: float | None) -> str:
    """A duration in its two largest units: `3 d 4 h`, `12 min`, `9 s`."""
    if seconds is None:
        return NOTHING
    rest = round(seconds)
    parts: list[str] = []
    for size, name in _UNITS:
        amount, rest = divmod(rest, size)
        if amount or (name == "s" and not parts):
            parts.append(f"{amount} {name}")
    return " ".join(parts[:2])


@register.filter
def stamp(text: str) -> str:
    """A producer's stamp as a UTC minute; as sent when it names no instant."""
    if not text:
        return NOTHING
    us, is_dated = instant(text, clock.now_us())
    return clock.from_us(us).strftime("%Y-%m-%d %H:%M") if is_dated else text[:LONGEST_STAMP]


@register.filter
def milliseconds(value: float | None) -> str:
    """Milliseconds with three significant digits, as ms, s or min."""
    if value is None:
        return NOTHING
    if value >= 60_000:
        return lasting(value / 1000)
    amount, unit = (value / 1000, "s") if value >= 1000 else (value, "ms")
    return f"{amount:.3g} {unit}" if amount < 100 else f"{amount:.0f} {unit}"


@register.simple_tag
def bar(width: float, tone: str = "") -> SafeString:
    """A bar of `width` percent; the number beside it carries the meaning."""
    return format_html(
        '<svg class="bar {}" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        '<rect class="track" width="100" height="8"></rect><rect class="fill" width="{}" height="8"></rect></svg>',
        tone,
        f"{width:.1f}",
    )
