"""How the admin shows stored values: JSON indented, microseconds as times, states as icon, word and colour."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import admin
from django.db import models
from django.utils.html import format_html
from django.utils.safestring import SafeString

from pulse_project.core.templatetags.shell import ago, badge

Shown = Callable[[Any], SafeString | str]
LONGEST = 20_000
NOTHING = "-"


def pretty(value: Any) -> SafeString:
    """Indented JSON, or the text as it is; a JSON text is parsed first."""
    if value in (None, ""):
        return format_html("<span>{}</span>", NOTHING)
    text = value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True)
    if isinstance(value, str) and value[:1] in "{[":
        text = _indented(value)
    cut = text[:LONGEST] + ("\n…" if len(text) > LONGEST else "")
    return format_html('<pre class="record" tabindex="0">{}</pre>', cut)


def _indented(text: str) -> str:
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return text


def shown(field: "models.Field[Any, Any]") -> Shown | str:
    """What a record page lists for one field: a callable for JSON, long text and times, else the field's name."""
    name = field.name
    if isinstance(field, models.JSONField | models.TextField):
        return _callable(field, lambda record: pretty(getattr(record, name)))
    if name.endswith("_us"):
        return _time(name, str(field.verbose_name).removesuffix(" us"))
    return name


def _callable(field: "models.Field[Any, Any]", show: Shown) -> Shown:
    show.short_description = str(field.verbose_name)  # type: ignore[attr-defined]  # the admin's protocol for callables
    return show


def instant(name: str, title: str) -> "staticmethod[[Any], SafeString | str]":
    """A column of a microsecond (or datetime) field, sortable by that field; for the body of an admin class."""
    return staticmethod(_time(name, title))


def _time(name: str, title: str) -> Shown:
    @admin.display(description=title, ordering=name)
    def show(record: Any) -> SafeString | str:
        value = getattr(record, name)
        return ago(value) if value else NOTHING

    return show


def state(name: str, title: str, looks: Mapping[Any, tuple[str, str, str]]) -> "staticmethod[[Any], SafeString]":
    """A column that shows a field's value as a badge; `looks` maps a value to word, tone and icon."""

    @admin.display(description=title, ordering=name)
    def show(record: Any) -> SafeString:
        value = getattr(record, name)
        word, tone, icon = looks.get(value, (str(value), "neutral", "circle"))
        return badge(word, tone, icon)

    return staticmethod(show)


def number_of(count: int, word: str) -> str:
    """ "1 card", "14 cards"."""
    return f"{count} {word}{'' if count == 1 else 's'}"


def excerpt(text: str | None, length: int = 80) -> str:
    """The first line of a text, cut."""
    first = (text or "").strip().split("\n", 1)[0]
    return first if len(first) <= length else first[: length - 1] + "…"
