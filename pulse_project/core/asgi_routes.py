"""Which ASGI application answers which path, in front of Django. Apps add theirs while they load."""

from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Any

from django.utils.module_loading import import_string

from pulse_project.core.http_reply import Receive, Scope, Send

App = Callable[[Scope, Receive, Send], Awaitable[Any]]

_http: dict[str, App | str] = {}
_websocket: dict[str, App | str] = {}


def register(prefix: str, app: App | str, *, protocol: str = "http") -> None:
    """Send `prefix` (and, when it ends with a slash, everything below it) to `app`, an application or its dotted name.

    The longest prefix wins. A dotted name is imported at the first request.
    """
    (_http if protocol == "http" else _websocket)[prefix] = app
    find.cache_clear()


@lru_cache(maxsize=1024)
def find(protocol: str, path: str) -> App | None:
    """The application of a path, None = Django."""
    table = _http if protocol == "http" else _websocket
    fitting = [prefix for prefix in table if path == prefix or (prefix.endswith("/") and path.startswith(prefix))]
    if not fitting:
        return None
    app = table[max(fitting, key=len)]
    return import_string(app) if isinstance(app, str) else app
