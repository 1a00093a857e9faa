"""Tags that pages and the admin share: icons, badges, times."""

from datetime import datetime

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from pulse_project.core import clock

SPRITE = "vendor/lucide-1.62.0/sprite.svg"
_STEPS = ((60, 1, "s"), (3600, 60, "min"), (86_400, 3600, "h"), (86_400 * 60, 86_400, "d"))

register = template.Library()


@register.simple_tag
def icon(name: str) -> SafeString:
    """A decorative icon of the sprite; the word beside it carries the meaning."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>', static(SPRITE), name
    )


@register.simple_tag
def badge(word: str, tone: str, icon_name: str) -> SafeString:
    """Status as icon, word and colour."""
    return format_html('<span class="badge tone-{}">{}{}</span>', tone, icon(icon_name), word)


@register.simple_tag
def ago(moment: datetime | int | None) -> SafeString:
    """`<time>` with a relative text and the exact UTC instant; microseconds or datetime, None = "never"."""
    if moment is None:
        return format_html("<span>{}</span>", "never")
    us = moment if isinstance(moment, int) else clock.to_us(moment)
    exact = clock.from_us(us).strftime("%Y-%m-%d %H:%M:%S UTC")
    return format_html('<time datetime="{}" title="{}">{}</time>', clock.iso(us), exact, relative(us))


def relative(us: int) -> str:
    """ "3 min ago", "in 40 s"; dates beyond sixty days."""
    seconds = (clock.now_us() - us) // 1_000_000
    distance = abs(seconds)
    if distance < 5:
        return "just now"
    for limit, unit, name in _STEPS:
        if distance < limit:
            amount = f"{distance // unit} {name}"
            return f"{amount} ago" if seconds > 0 else f"in {amount}"
    return clock.from_us(us).strftime("%Y-%m-%d")
