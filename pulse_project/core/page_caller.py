"""The caller behind a page: the signed-in user, or whom the guard let in."""

from typing import Any

from django.http import HttpRequest

from pulse_project.core import browser_sessions
from pulse_project.core.errors import Code, Failure
from pulse_project.core.principals import Caller, Kind


def known_caller(request: HttpRequest) -> Caller | None:
    """The principal of the request, or None for a stranger. A session counts before local trust."""
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        return _of_session(request, user)
    caller: Caller | None = getattr(request, "scope", {}).get("state", {}).get("caller")
    return None if caller is None or caller.kind is Kind.ANONYMOUS else caller


def _of_session(request: HttpRequest, user: Any) -> Caller:
    confirmed_us = int(request.session.get(browser_sessions.CONFIRMED, 0))
    kept: Caller | None = getattr(request, "_pulse_caller", None)
    if kept is None or kept.confirmed_us != confirmed_us:
        kept = browser_sessions.caller_of_user(user, confirmed_us=confirmed_us).via("page")
        request._pulse_caller = kept  # type: ignore[attr-defined]  # one look at the groups per request
    return kept


def caller_of(request: HttpRequest) -> Caller:
    """The principal of the request. Errors: AUTH_REQUIRED."""
    caller = known_caller(request)
    if caller is None:
        raise Failure(Code.AUTH_REQUIRED, "Log in first.")
    return caller
