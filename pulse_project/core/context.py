"""What every page's frame shows: who is signed in and which areas exist."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from pulse_project.core.version import version


@dataclass(frozen=True)
class Link:
    """One entry of the sidebar."""

    label: str
    icon: str
    url: str
    exact: bool = False

    def is_current(self, path: str) -> bool:
        return path == self.url if self.exact else path.startswith(self.url)


@dataclass(frozen=True)
class Group:
    """A titled part of the sidebar; `staff` groups lead into the admin."""

    title: str
    links: tuple[Link, ...]
    staff: bool = False
    bottom: bool = False


NAVIGATION = (
    Group("", (Link("Home", "house", "/", exact=True),)),
    Group(
        "Agents",
        (
            Link("Agents and keys", "bot", "/admin/core/agent/"),
            Link("Messages", "mail", "/admin/nexus/message/"),
            Link("Handoffs", "handshake", "/admin/nexus/handoff/"),
            Link("Events", "activity", "/admin/nexus/event/"),
        ),
        staff=True,
    ),
    Group("Insight", (Link("Telemetry", "chart-column", "/telemetry/"),)),
    Group("Help", (Link("API reference", "code-xml", "/api/docs"),), bottom=True),
    Group("", (Link("Admin", "shield", "/admin/", exact=True),), staff=True, bottom=True),
)


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context of `base.html`; works on error pages too, where middleware may not have run."""
    user = getattr(request, "user", None)
    signed_in = user if user is not None and user.is_authenticated else None
    staff = bool(signed_in and signed_in.is_staff)
    return {
        "shell": {
            "user": signed_in,
            "staff": staff,
            "path": request.path,
            "version": version(),
            "groups": [_drawn(group, request.path) for group in NAVIGATION if staff or not group.staff],
        }
    }


def _drawn(group: Group, path: str) -> dict[str, Any]:
    links = [{"link": link, "current": link.is_current(path)} for link in group.links]
    return {"title": group.title, "bottom": group.bottom, "links": links}
