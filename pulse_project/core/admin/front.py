"""The admin's front page: counters and maintenance pages, registered by each app for its own tables."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse

from pulse_project.core.models import Delivery
from pulse_project.core.page_caller import caller_of
from pulse_project.core.templatetags.shell import relative


@dataclass(frozen=True)
class Counter:
    """One number of the front page; `url` is the list behind it."""

    what: str
    value: int | str
    icon: str
    url: str = ""
    alert: bool = False


@dataclass(frozen=True)
class Page:
    """A maintenance page under /admin/; shown to those who hold `flag`."""

    path: str
    name: str
    label: str
    text: str
    flag: str
    view: Callable[[HttpRequest], HttpResponse]
    listed: bool = True

    @property
    def url(self) -> str:
        return f"/admin/{self.path}"

    def guarded(self, request: HttpRequest) -> HttpResponse:
        """The view, for those who hold the flag."""
        caller = caller_of(request)
        if caller.read_only or not caller.holds(self.flag):
            raise PermissionDenied(self.flag)
        return self.view(request)


_counters: list[Callable[[], Iterable[Counter]]] = []
_pages: list[Page] = []


def add_counters(provider: Callable[[], Iterable[Counter]]) -> Callable[[], Iterable[Counter]]:
    _counters.append(provider)
    return provider


def add_page(page: Page) -> None:
    _pages.append(page)


def counters() -> list[Counter]:
    """Every app's counters, in the order of registration, then the store's."""
    return [counter for provider in _counters for counter in provider()] + list(_store())


def pages() -> list[Page]:
    return list(_pages)


def tools(request: HttpRequest) -> list[Page]:
    """The maintenance pages that this user may use."""
    caller = caller_of(request)
    return [page for page in _pages if page.listed and caller.holds(page.flag)]


def _store() -> Iterable[Counter]:
    dead = Delivery.objects.filter(state=Delivery.State.DEAD).count()
    yield Counter("dead letters", dead, "mail-x", "/admin/core/delivery/?state__exact=dead", alert=dead > 0)
    yield Counter("database", _size(), "database")
    yield Counter("migrations applied", MigrationRecorder.Migration.objects.count(), "server")


def _size() -> str:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_database_size(current_database())")
            return human_bytes(cursor.fetchone()[0])
    path = Path(str(settings.DATABASES["default"]["NAME"]))
    files = [path, path.with_name(path.name + "-wal")]
    return human_bytes(sum(file.stat().st_size for file in files if file.exists()))


def human_bytes(count: int) -> str:
    """ "1.4 MB", powers of 1024."""
    size = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1024:
            return f"{size:.0f} {unit}" if unit in ("B", "kB") else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} TB"


def when(us: int | None) -> str:
    """A time in words, "never" for None."""
    return "never" if us is None else relative(us)
