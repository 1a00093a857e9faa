"""Who may see the telemetry pages, and how they refuse an address that makes no sense."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render

from pulse_project.core.errors import Failure
from pulse_project.core.page_caller import known_caller
from pulse_project.core.principals import Caller
from telemetry.pages.look import Look, look_of

READ = "telemetry.read"
P = ParamSpec("P")


@dataclass(frozen=True)
class Visitor:
    """A caller that may read telemetry, and what the address asks for."""

    caller: Caller
    look: Look


View = Callable[Concatenate[HttpRequest, Visitor, P], HttpResponseBase]


def readers_only(view: View[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Send strangers to the login; refuse who may not read (403), and filters that cannot be read (400)."""

    @wraps(view)
    def checked(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        caller = known_caller(request)
        if caller is None:
            return redirect_to_login(request.get_full_path())
        if not caller.holds(READ):
            return render(request, "telemetry/forbidden.html", {"permission": READ}, status=403)
        try:
            return view(request, Visitor(caller, look_of(request.GET, caller)), *args, **kwargs)
        except Failure as failure:
            status = failure.code.http_status
            return render(request, "telemetry/refused.html", {"failure": failure}, status=status)

    return checked
