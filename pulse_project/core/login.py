"""The login page, the one-time link and the logout: the only ways into a browser session."""

from typing import Any

from django.contrib import auth as django_auth
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from pulse_project.core import auth, binding, browser_sessions, clock, conf, db, links, login_throttle, outbox
from pulse_project.core.logs_format import printable
from pulse_project.core.peers import peer_at
from pulse_project.core.principals import Caller, Kind

MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"
WRONG = "User name or password is wrong."
TOO_OFTEN = "Too many attempts. Wait and try again."
DEAD_LINK = "It was used before, it is older than 15 minutes, or it never existed."
NOT_HERE = "Links work only in a browser on the machine that Pulse runs on."


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def login(request: HttpRequest) -> HttpResponse:
    """`/login/`: user name and password; a session that logs in again confirms itself for ten minutes."""
    if request.method != "POST":
        return _page(request)
    username, peer = request.POST.get("username", "")[:150], _peer(request)
    wait = login_throttle.delay(username, peer)
    if wait:
        response = _page(request, problem=TOO_OFTEN, status=429)
        response["Retry-After"] = str(int(wait) + 1)
        return response
    user = django_auth.authenticate(request, username=username, password=request.POST.get("password", ""))
    if user is None:
        login_throttle.failed(username, peer)
        _record("login.failed", username, peer)
        return _page(request, problem=WRONG, status=401)
    login_throttle.succeeded(username, peer)
    _enter(request, user, "password")
    return HttpResponseRedirect(_next(request))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def login_link(request: HttpRequest, token: str) -> HttpResponse:
    """`/login/link/<token>/`: GET shows a button and uses nothing up, POST logs in. The guard hides the token."""
    token = _state(request).get("link_token", token)
    if not _may_use_links(request):
        return _link_page(request, problem=NOT_HERE, status=403)
    if request.method != "POST":
        user = links.user_of(token)
        return _link_page(request, user=user) if user else _link_page(request, problem=DEAD_LINK, status=404)
    with db.write_tx():
        user = links.consume(token)
    if user is None:
        return _link_page(request, problem=DEAD_LINK, status=404)
    user.backend = MODEL_BACKEND
    _enter(request, user, "link")
    return HttpResponseRedirect("/")


@never_cache
@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    """`/logout/`: ends the session in this browser; its open connections end with it."""
    user = request.user
    if user.is_authenticated:
        username, user_pk = user.get_username(), user.pk
        django_auth.logout(request)
        _record("login.ended", username, _peer(request), user_pk=user_pk)
        browser_sessions.forget()
        auth.sessions.end(lambda caller: caller.kind is Kind.USER and caller.user_pk == user_pk)
    return HttpResponseRedirect("/login/")


urlpatterns: list[URLPattern] = [
    path("login/", login, name="login"),
    path("login/link/<str:token>/", login_link, name="login-link"),
    path("logout/", logout, name="logout"),
]


def _enter(request: HttpRequest, user: Any, how: str) -> None:
    django_auth.login(request, user)
    request.session[browser_sessions.CONFIRMED] = clock.now_us()
    _record("login.succeeded", user.get_username(), _peer(request), how=how)
    browser_sessions.forget()


def _record(event: str, username: str, peer: str, **payload: Any) -> None:
    """An audit row: who tried, from where. What was typed as a name is cut and made printable."""
    name = printable(username)[:80]
    caller = Caller(Kind.SYSTEM, "system", auth="system")
    with db.write_tx():
        outbox.emit(event, caller=caller, entity=("user", name), username=name, peer=peer, **payload)


def _state(request: HttpRequest) -> dict[str, Any]:
    state: dict[str, Any] = getattr(request, "scope", {}).get("state", {})
    return state


def _peer(request: HttpRequest) -> str:
    return peer_at(_state(request).get("peer") or request.META.get("REMOTE_ADDR", "")).bucket


def _may_use_links(request: HttpRequest) -> bool:
    """A server bound to loopback takes links from this machine only; elsewhere the token alone decides."""
    state = _state(request)
    if not state or not binding.current().is_loopback or conf.current().behind_proxy:
        return True
    return bool(state.get("is_this_machine"))


def _next(request: HttpRequest) -> str:
    target = request.POST.get("next") or request.GET.get("next") or "/"
    is_safe = url_has_allowed_host_and_scheme(target, allowed_hosts=None, require_https=request.is_secure())
    return target if is_safe and target.startswith("/") else "/"


def _page(request: HttpRequest, *, problem: str = "", status: int = 200) -> HttpResponse:
    username = request.POST.get("username", "")[:150]
    context = {"problem": problem, "next": _next(request), "username": username}
    return render(request, "login.html", context, status=status)


def _link_page(request: HttpRequest, *, user: Any = None, problem: str = "", status: int = 200) -> HttpResponse:
    context = {"problem": problem, "username": user.get_username() if user else ""}
    response = render(request, "login_link.html", context, status=status)
    # The path with its token goes nowhere. Under `no-referrer` browsers would send the form with `Origin: null`.
    response["Referrer-Policy"] = "strict-origin"
    return response
