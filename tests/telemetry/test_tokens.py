"""Ingest tokens: shown once, kept as a hash, dead at once when they are rotated or revoked."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from pulse_project.core import auth, clock
from tests.conftest import run
from tests.telemetry.events import event

TOKENS = "/api/v1/telemetry/tokens"
WRONG_TERMS: list[dict[str, Any]] = [
    {"source": "x" * 257},
    {"source": "a\x00b"},
    {"source": "\ud800"},
    {"label": "x" * 129},
    {"label": "a\u202eb"},
    {"durability": "lax"},
    {"durability": None},
    {"events_per_minute": -1},
    {"events_per_minute": True},
    {"events_per_minute": 10**30},
    {"expires_at": "yesterday"},
    {"expires_at": "2001-01-01T00:00:00Z"},
    {"expires_at": 5},
    {"scope": "agent"},
]


@pytest.fixture
def make(db: None, operator: Any) -> Callable[..., dict[str, Any]]:
    """`make(source="ci") -> IssuedToken`."""
    return lambda **terms: run("telemetry_token_create", operator, **terms)


def test_a_token_opens_ingest_and_nothing_else(make: Callable[..., Any]) -> None:
    caller = auth.resolve_key(make(label="laptop")["token"])
    assert caller is not None
    assert (caller.kind, caller.flags) == ("producer", frozenset({"telemetry.ingest"}))


def test_only_the_hash_of_a_token_is_kept(make: Callable[..., Any], operator: Any) -> None:
    from pulse_project.core.models import ApiKey, DomainEvent

    token = make()["token"]
    assert ApiKey.objects.get().key_hash == auth.digest(token)
    assert token not in str(run("telemetry_token_list", operator))
    assert token not in str(list(DomainEvent.objects.values()))


def test_a_repeated_creation_makes_one_token_and_does_not_show_it_again(make: Callable[..., Any]) -> None:
    first, again = make(idempotency_key="k"), make(idempotency_key="k")
    assert again == {**first, "token": None, "replayed": True}


def test_a_list_says_what_each_token_is_for(make: Callable[..., Any], operator: Any) -> None:
    make(label="laptop", source="ci", durability="relaxed", events_per_minute=7, expires_at="2999-01-01T00:00:00Z")
    (row,) = run("telemetry_token_list", operator)["items"]
    told = {name: row[name] for name in ("label", "source", "durability", "events_per_minute")}
    assert told == {"label": "laptop", "source": "ci", "durability": "relaxed", "events_per_minute": 7}
    assert row["expires_at"] == "2999-01-01T00:00:00.000000+00:00"


def test_rotating_ends_the_old_secret_and_keeps_number_and_terms(make: Callable[..., Any], operator: Any) -> None:
    first = make(label="laptop", source="ci", events_per_minute=7)
    second = run("telemetry_token_rotate", operator, token_id=first["token_id"])
    kept = ("token_id", "label", "source", "events_per_minute")
    assert {name: second[name] for name in kept} == {name: first[name] for name in kept}
    assert auth.resolve_key(first["token"]) is None
    assert auth.resolve_key(second["token"]) is not None


def test_revoking_ends_a_token_for_good(make: Callable[..., Any], operator: Any) -> None:
    made = make()
    run("telemetry_token_revoke", operator, token_id=made["token_id"])
    assert auth.resolve_key(made["token"]) is None
    assert run("telemetry_token_list", operator)["items"] == []
    assert len(run("telemetry_token_list", operator, include_revoked=True)["items"]) == 1


@pytest.mark.parametrize("name", ["telemetry_token_rotate", "telemetry_token_update", "telemetry_token_revoke"])
def test_what_is_revoked_stays_as_it_is(make: Callable[..., Any], operator: Any, name: str) -> None:
    token_id = make()["token_id"]
    run("telemetry_token_revoke", operator, token_id=token_id)
    assert run(name, operator, token_id=token_id)["code"] == "CONFLICT"


@pytest.mark.parametrize("name", ["telemetry_token_rotate", "telemetry_token_update", "telemetry_token_revoke"])
def test_an_unknown_token_is_not_found(db: None, operator: Any, name: str) -> None:
    assert run(name, operator, token_id=2**63 - 1)["code"] == "NOT_FOUND"


def test_an_expired_token_is_not_rotated_into_a_dead_one(make: Callable[..., Any], operator: Any) -> None:
    with clock.frozen_at(1_000_000):
        made = make(expires_at="1970-01-01T00:00:05Z")
        with clock.frozen_at(6_000_000):
            assert run("telemetry_token_rotate", operator, token_id=made["token_id"])["code"] == "CONFLICT"


def test_an_update_changes_what_is_given_and_no_more(make: Callable[..., Any], operator: Any) -> None:
    made = make(label="laptop", source="ci")
    changed = run("telemetry_token_update", operator, token_id=made["token_id"], source="cd", durability="relaxed")
    assert changed["version"] == made["version"] + 1
    assert {**changed, "version": 1} == {
        **{name: value for name, value in made.items() if name != "token"},
        "source": "cd",
        "durability": "relaxed",
    }


def test_an_update_of_an_older_version_is_refused(make: Callable[..., Any], operator: Any) -> None:
    token_id = make()["token_id"]
    run("telemetry_token_update", operator, token_id=token_id, source="a", expected_version=1)
    refused = run("telemetry_token_update", operator, token_id=token_id, source="b", expected_version=1)
    assert refused["code"] == "VERSION_CONFLICT"
    assert run("telemetry_token_list", operator)["items"][0]["source"] == "a"


@pytest.mark.parametrize("terms", WRONG_TERMS, ids=str)
def test_wrong_terms_are_refused_and_make_nothing(make: Callable[..., Any], operator: Any, terms: Any) -> None:
    assert make(**terms)["code"] == "VALIDATION_ERROR"
    assert run("telemetry_token_list", operator)["items"] == []


@pytest.mark.django_db
def test_a_session_that_is_long_unconfirmed_makes_no_token(operator: Any) -> None:
    from pulse_project.core.principals import Kind

    person = replace(operator, kind=Kind.USER, auth="session", confirmed_us=0)
    assert run("telemetry_token_create", person)["code"] == "AUTH_REQUIRED"


@pytest.mark.django_db
def test_a_restricted_key_makes_no_token(operator: Any) -> None:
    restricted = replace(operator, toolsets=frozenset({"operator"}))
    assert run("telemetry_token_create", restricted)["code"] == "PERMISSION_DENIED"


def test_every_change_of_a_token_is_told(make: Callable[..., Any], operator: Any) -> None:
    from pulse_project.core.models import DomainEvent

    token_id = make()["token_id"]
    run("telemetry_token_update", operator, token_id=token_id, label="l", source="s")
    run("telemetry_token_rotate", operator, token_id=token_id)
    run("telemetry_token_revoke", operator, token_id=token_id)
    told = DomainEvent.objects.order_by("seq")
    assert [row.type for row in told] == ["key.issued", "key.updated", "key.rotated", "key.revoked"]
    assert told[1].payload["changed"] == ["label", "source"]


async def sent(http: httpx.AsyncClient, token: str, number: int) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"}
    return await http.post("/v1/events", json=event(n=number), headers=headers)


async def test_over_http_a_token_labels_its_records_until_it_is_rotated(http: httpx.AsyncClient) -> None:
    made = (await http.post(TOKENS, json={"source": "ci"})).json()
    assert (await sent(http, made["token"], 1)).status_code == 202
    fresh = (await http.post(f"{TOKENS}/{made['token_id']}/rotate", json={})).json()
    assert [(await sent(http, token, 2)).status_code for token in (made["token"], fresh["token"])] == [401, 202]
    events = (await http.get("/v1/events", params={"source": "ci"})).json()
    assert events["count"] == 2


async def test_new_terms_are_in_force_for_the_next_request(http: httpx.AsyncClient) -> None:
    made = (await http.post(TOKENS, json={"source": "ci"})).json()
    await sent(http, made["token"], 1)
    await http.patch(f"{TOKENS}/{made['token_id']}", json={"source": "cd"})
    await sent(http, made["token"], 2)
    found = (await http.get("/v1/events")).json()["events"]
    assert [row["source"] for row in found] == ["cd", "ci"]
