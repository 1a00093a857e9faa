"""The home page: what waits or failed, which agents are here, how to connect one, what happened last."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from nexus.queries import overview
from pulse_project.core.models import Agent, ApiKey, Delivery
from pulse_project.core.page_caller import known_caller
from pulse_project.core.principals import Caller
from pulse_project.pages import connect, phrases
from telemetry.pages import in_short

READ_ALL = "operator.read_all"
CREATE_COMMAND = """python manage.py op admin_agent_create '{"agent_id": "coder-1"}'"""


@dataclass(frozen=True)
class Alert:
    """One thing that asks for attention; `url` leads to the list that it counts."""

    count: int
    singular: str
    plural: str
    tone: str
    icon: str
    url: str

    @property
    def words(self) -> str:
        return self.singular if self.count == 1 else self.plural


@dataclass(frozen=True)
class Step:
    """One step of the first run, with whether the store shows it done."""

    title: str
    text: str
    done: bool


@require_safe
def home(request: HttpRequest) -> HttpResponseBase:
    """GET /: the page; strangers go to the login."""
    caller = known_caller(request)
    if caller is None:
        return redirect_to_login("/")
    context: dict[str, Any] = {"cursor": overview.cursor()}
    for build in PANELS.values():
        context |= build(request, caller)
    return render(request, "home/page.html", context)


@require_safe
def panel(request: HttpRequest, name: str) -> HttpResponse:
    """GET /home/<panel>/: one panel of the page, for refetching after a live event."""
    caller = known_caller(request)
    if caller is None or name not in PANELS:
        raise Http404
    return render(request, f"home/{name}.html", PANELS[name](request, caller))


def _attention(request: HttpRequest, caller: Caller) -> dict[str, Any]:
    if not caller.holds(READ_ALL):
        return {"alerts": None, "may_read": False}
    waiting = overview.waiting()
    dead = Delivery.objects.filter(state=Delivery.State.DEAD).count()
    alerts = (
        Alert(
            waiting.parked_messages,
            "parked message",
            "parked messages",
            "warning",
            "mail-warning",
            "/admin/nexus/messagedelivery/?lane__exact=3",
        ),
        Alert(
            waiting.expired_leases,
            "expired lease",
            "expired leases",
            "warning",
            "timer-off",
            "/admin/nexus/handoff/?lease=expired",
        ),
        Alert(dead, "dead letter", "dead letters", "danger", "mail-x", "/admin/core/delivery/?state__exact=dead"),
        Alert(
            waiting.open_handoffs,
            "open handoff",
            "open handoffs",
            "info",
            "handshake",
            "/admin/nexus/handoff/?status__exact=OPEN",
        ),
    )
    return {"alerts": [alert for alert in alerts if alert.count], "may_read": True}


def _agents(request: HttpRequest, caller: Caller) -> dict[str, Any]:
    return {"agents": overview.agents_now()}


def _events(request: HttpRequest, caller: Caller) -> dict[str, Any]:
    if not caller.holds(READ_ALL):
        return {"events": None}
    return {"events": [(event, phrases.phrase(event.type)) for event in overview.latest()]}


def _start(request: HttpRequest, caller: Caller) -> dict[str, Any]:
    keys = ApiKey.objects.filter(scope=ApiKey.Scope.AGENT, revoked_at__isnull=True)
    steps = (
        Step(
            "Create an agent", "An agent is one identity on the bus. Give each program its own.", Agent.objects.exists()
        ),
        Step("Give it a key", "The key is shown once. Put it into an environment variable.", keys.exists()),
        Step(
            "See its first call",
            "Connect the client and ask it to call nexus_info.",
            keys.filter(last_used_at__isnull=False).exists(),
        ),
    )
    return {"steps": steps, "steps_open": not all(step.done for step in steps), "create_command": CREATE_COMMAND}


def _connect(request: HttpRequest, caller: Caller) -> dict[str, Any]:
    base = f"{request.scheme}://{request.get_host()}"
    snippet = connect.snippet(request.GET.get("client", ""), base)
    return {"clients": connect.CLIENTS, "snippet": snippet, "base_url": base}


def _telemetry(request: HttpRequest, caller: Caller) -> dict[str, Any]:
    return {"telemetry": in_short.last_day(caller)}


PANELS = {
    "start": _start,
    "attention": _attention,
    "agents": _agents,
    "telemetry": _telemetry,
    "connect": _connect,
    "events": _events,
}
