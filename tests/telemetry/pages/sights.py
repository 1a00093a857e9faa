"""What a test looks at on a telemetry page."""

from collections.abc import Callable
from typing import Any

from tests.markup import Page, parse
from tests.telemetry.events import event

BASE = "http://127.0.0.1:8100"


def read(content: bytes) -> Page:
    """The page with a blank before every tag, so that the words of neighbouring cells stay apart."""
    return parse(content.replace(b"<", b" <"))


def panel(page: Page, name: str) -> str:
    return next(section.words for section in page.all("section") if section.get("id") == f"panel-{name}")


def rows(page: Page) -> list[str]:
    return [row.words for row in page.all("tr")]


def total(page: Page) -> str:
    return next(strong.words for strong in page.all("strong") if strong.get("data-testid") == "total")


def runs(passed: int, failed: int, target: str = "api") -> list[dict[str, Any]]:
    outcomes = [True] * passed + [False] * failed
    return [event("verification.completed", n=n, target=target, passed=one) for n, one in enumerate(outcomes)]


def statements_of(act: Callable[[], Any], monkeypatch: Any) -> int:
    """How many statements reach the database while `act` runs, those past Django's own log included."""
    from django.db import connection

    seen: list[Any] = []
    if connection.vendor == "sqlite":
        connection.connection.set_trace_callback(seen.append)
        act()
        connection.connection.set_trace_callback(None)
        return len(seen)
    import psycopg

    plain = psycopg.Cursor.execute

    def noted(cursor: Any, *args: Any, **kwargs: Any) -> Any:
        seen.append(args)
        return plain(cursor, *args, **kwargs)

    with monkeypatch.context() as patched:
        patched.setattr(psycopg.Cursor, "execute", noted)
        act()
    return len(seen)
