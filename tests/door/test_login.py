"""The login page, the one-time link and the logout."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.fixture
def root() -> Any:
    from django.contrib.auth.models import User

    return User.objects.create_superuser("root", password="correct horse battery")


def attempt(client: Client, typed: str = "wrong", username: str = "root", **data: str) -> Any:
    return client.post("/login/", {"username": username, "password": typed, **data})


def enter(client: Client, **data: str) -> Any:
    return attempt(client, "correct horse battery", **data)


def types() -> list[str]:
    from pulse_project.core.models import DomainEvent

    return list(DomainEvent.objects.order_by("seq").values_list("type", flat=True))


def test_the_right_password_opens_a_session_and_leaves_a_trace(client: Client, root: Any) -> None:
    assert enter(client)["Location"] == "/"
    assert client.session["_auth_user_id"] == str(root.pk)
    assert types() == ["login.succeeded"]


def test_cookies_are_named_by_install_and_stay_here(client: Client, root: Any) -> None:
    from django.conf import settings

    cookie = enter(client).cookies[settings.SESSION_COOKIE_NAME]
    assert settings.SESSION_COOKIE_NAME.startswith("pulse_sid_")
    assert (cookie["httponly"], cookie["samesite"], cookie["domain"], cookie["max-age"]) == (
        True,
        "Strict",
        "",
        8 * 3600,
    )


def test_cookies_of_a_visitor_with_tls_stay_on_tls(client: Client, root: Any) -> None:
    data = {"username": "root", "password": "correct horse battery"}
    cookies = [client.post("/login/", data, secure=secure).cookies for secure in (True, False)]
    secure = [{bool(cookie["secure"]) for cookie in given.values()} for given in cookies]
    assert secure == [{True}, {False}]


@pytest.mark.parametrize("username", ["root", "nobody", "bad\x1b[2J\u202e"])
def test_a_wrong_login_reads_the_same_for_known_and_unknown_names(client: Client, root: Any, username: str) -> None:
    from pulse_project.core.models import DomainEvent

    response = attempt(client, username=username)
    payload = DomainEvent.objects.get().payload
    assert (response.status_code, response.context["problem"]) == (401, "User name or password is wrong.")
    assert payload["username"].isprintable()


def test_the_sixth_attempt_must_wait(client: Client, root: Any) -> None:
    assert [attempt(client).status_code for _ in range(6)] == [401] * 5 + [429]
    refused = enter(client)
    assert (refused.status_code, "_auth_user_id" in client.session) == (429, False)
    assert int(refused["Retry-After"]) >= 1


def test_another_peer_is_not_locked_out(client: Client, root: Any) -> None:
    for _ in range(9):
        client.post("/login/", {"username": "root", "password": "wrong"}, REMOTE_ADDR="10.0.0.9")
    assert enter(client).status_code == 302


def test_the_delay_doubles(monkeypatch: Any) -> None:
    from pulse_project.core import login_throttle

    monkeypatch.setattr(login_throttle.time, "monotonic", lambda: 1000.0)
    delays = []
    for _ in range(8):
        login_throttle.failed("root", "1.2.3.4")
        delays.append(login_throttle.delay("ROOT", "1.2.3.4"))
    assert delays == [0, 0, 0, 0, 2, 4, 8, 16]


@pytest.mark.parametrize(
    "target", ["http://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "evil"]
)
def test_a_login_never_leads_elsewhere(client: Client, root: Any, target: str) -> None:
    assert enter(client, next=target)["Location"] == "/"


def test_a_login_leads_on(client: Client, root: Any) -> None:
    assert enter(client, next="/admin/?a=1")["Location"] == "/admin/?a=1"


def test_a_login_without_its_token_is_refused(root: Any) -> None:
    assert enter(Client(enforce_csrf_checks=True)).status_code == 403


def test_logging_out_takes_a_post(client: Client, root: Any) -> None:
    enter(client)
    assert client.get("/logout/").status_code == 405
    assert client.post("/logout/")["Location"] == "/login/"
    assert "_auth_user_id" not in client.session


def test_a_link_is_shown_by_get_and_used_by_post_once(client: Client) -> None:
    from pulse_project.core import links

    path = links.issue()
    assert [client.get(path).status_code for _ in range(2)] == [200, 200]
    assert client.post(path)["Location"] == "/"
    assert [Client().post(path).status_code, Client().get(path).status_code] == [404, 404]


def test_the_first_administrator_has_no_password(client: Client) -> None:
    from django.contrib.auth.models import User

    from pulse_project.core import links

    client.post(links.issue())
    user = User.objects.get(pk=client.session["_auth_user_id"])
    assert (user.username, user.is_superuser, user.is_staff) == ("operator", True, True)
    assert not user.has_usable_password()


def test_a_link_is_kept_as_a_hash_and_not_cached() -> None:
    from pulse_project.core import auth, links
    from pulse_project.core.models import LoginLink

    path = links.issue()
    token = path.split("/")[-2]
    response = Client().get(path)
    assert LoginLink.objects.get().token_hash == auth.digest(token)
    assert "no-store" in response["Cache-Control"]
    assert response["Referrer-Policy"] == "strict-origin"


def test_an_old_link_is_dead(client: Client) -> None:
    from pulse_project.core import clock, links

    with clock.frozen_at(clock.now_us()) as hand:
        path = links.issue()
        hand.advance(timedelta(minutes=15).total_seconds() + 1)
        assert client.post(path).status_code == 404


def test_of_two_who_use_a_link_one_gets_in() -> None:
    from pulse_project.core import db, links

    token = links.issue().split("/")[-2]
    with db.write_tx():
        assert [links.consume(token) is None for _ in range(2)] == [False, True]


def test_no_link_for_somebody_who_is_no_administrator() -> None:
    from pulse_project.core import links
    from pulse_project.core.errors import Failure

    with pytest.raises(Failure, match="NOT_FOUND"):
        links.issue("nobody")


async def test_the_door_hides_the_token_from_everything_that_logs() -> None:
    from tests.door.visits import scope_of, visit

    scope = scope_of("/login/link/s3cret/")
    answer = await visit(scope)
    assert (scope["path"], scope["raw_path"]) == ("/login/link/-/", b"/login/link/-/")
    assert answer.passed is not None
    assert answer.passed["state"]["link_token"] == "s3cret"


def test_logging_in_confirms_the_session(client: Client, root: Any) -> None:
    from pulse_project.core import browser_sessions, clock

    with clock.frozen_at(1_700_000_000_000_000):
        enter(client)
    caller = browser_sessions.load(client.session.session_key or "")
    assert caller is not None
    assert (caller.kind, caller.name, caller.confirmed_us) == ("user", "root", 1_700_000_000_000_000)


def test_a_session_ends_with_its_user_or_password(client: Client, root: Any) -> None:
    from pulse_project.core import browser_sessions

    enter(client)
    key = client.session.session_key or ""
    root.set_password("another long password")
    root.save()
    assert browser_sessions.load(key) is None
    assert browser_sessions.load("x" * 32) is None


@pytest.mark.parametrize(
    ("group", "some", "read_only"),
    [("operator", "operator.reset", False), ("auditor", "operator.read_all", True), (None, None, True)],
)
def test_groups_decide_what_a_person_may_do(group: str | None, some: str | None, read_only: bool) -> None:
    from django.contrib.auth.models import Group, User

    from boards.flags import ON_BOARDS, READS
    from pulse_project.core import browser_sessions, flags

    user = User.objects.create_user("kim")
    if group:
        user.groups.add(Group.objects.get_or_create(name=group)[0])
    caller = browser_sessions.caller_of_user(user)
    assert (some in caller.flags) == bool(group)
    on_boards = {"operator": ON_BOARDS, "auditor": READS}.get(group or "", frozenset())
    assert caller.flags - flags.operator_flags() <= {"telemetry.read", "telemetry.ingest"} | on_boards
    assert caller.read_only == read_only


def test_trying_many_names_is_limited_too(client: Client) -> None:
    from pulse_project.core import login_throttle

    answers = [attempt(client, username=f"user{n}").status_code for n in range(login_throttle.ATTEMPTS_PER_MINUTE + 1)]
    assert answers[-2:] == [401, 429]
