"""What every page's frame shows: who is signed in and which areas exist."""

from typing import Any

from django.http import HttpRequest


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context of `base.html`: `shell.user` and `shell.path`; works on error pages too, where middleware may not have run."""
    user = getattr(request, "user", None)
    return {"shell": {"user": user if user is not None and user.is_authenticated else None, "path": request.path}}
