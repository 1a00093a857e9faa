"""Pages of operator lists: numbered, with a total that stops counting at ten thousand."""

from typing import Any, TypedDict

from django.db.models import QuerySet

COUNT_LIMIT = 10_000


class Page(TypedDict):
    items: list[Any]
    page: int
    page_size: int
    total: int | str


def total_of(rows: QuerySet[Any, Any]) -> int | str:
    """The exact number of rows up to 10,000, then `"10000+"`."""
    count = rows.order_by()[: COUNT_LIMIT + 1].count()
    return count if count <= COUNT_LIMIT else f"{COUNT_LIMIT}+"
