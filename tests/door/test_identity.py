"""Agents, keys and presets: what is stored, what is announced, what is refused."""

from typing import Any

import pytest

from pulse_project.core.errors import Failure
from pulse_project.core.principals import Caller, Kind

pytestmark = pytest.mark.django_db


def inside(function: Any, *arguments: Any, **options: Any) -> Any:
    from pulse_project.core import db

    with db.write_tx():
        return function(*arguments, **options)


def events() -> list[Any]:
    from pulse_project.core.models import DomainEvent

    return list(DomainEvent.objects.order_by("seq"))


@pytest.fixture
def identity() -> Any:
    from pulse_project.core import identity

    return identity


@pytest.fixture
def alice(identity: Any, system: Any) -> Any:
    return inside(identity.create_agent, system, "alice", role="builder")


def test_a_new_agent_holds_a_complete_set(alice: Any) -> None:
    from pulse_project.core import flags

    assert alice.bus_permissions == flags.full_bus_permissions()
    assert alice.bus_preset.preset_id == "builtin:full"
    assert not alice.is_operator


def test_an_existing_id_is_a_conflict(identity: Any, system: Any, alice: Any) -> None:
    with pytest.raises(Failure, match="CONFLICT"):
        inside(identity.create_agent, system, "alice")


@pytest.mark.parametrize(
    "agent_id", ["operator", "LOCAL", "system", "human:bob", ".", "..", "", " a", "a\n", "x" * 129, "e\u0301"]
)
def test_ids_that_mislead_are_refused(identity: Any, system: Any, agent_id: str) -> None:
    with pytest.raises(Failure, match="VALIDATION_ERROR"):
        inside(identity.create_agent, system, agent_id)
    assert events() == []


@pytest.mark.parametrize("agent_id", ["a", "team/alice", "\u00e9t\u00e9", "x" * 128, "a b", "..."])
def test_other_ids_are_opaque(identity: Any, system: Any, agent_id: str) -> None:
    assert inside(identity.create_agent, system, agent_id).agent_id == agent_id


def test_a_partial_document_is_laid_over_everything(identity: Any, system: Any, alice: Any) -> None:
    changed = inside(identity.set_permissions, system, "alice", {"messages": {"send_broadcast": False}})
    assert changed.bus_permissions["messages"]["send_broadcast"] is False
    assert changed.bus_permissions["handoffs"] == {"create": True, "work": True, "cancel": True}
    assert changed.bus_preset is None


def test_null_permissions_give_everything_back(identity: Any, system: Any, alice: Any) -> None:
    inside(identity.set_permissions, system, "alice", {"events": {"read": False}})
    changed = inside(identity.set_permissions, system, "alice", None)
    assert changed.bus_permissions["events"] == {"read": True}
    assert changed.bus_preset.preset_id == "builtin:full"


@pytest.mark.parametrize(
    "document",
    [
        {"nothing": {}},
        {"messages": {"fly": True}},
        {"messages": {"send_direct": 1}},
        {"messages": {"send_direct": "true"}},
        {"messages": True},
        {"messages": {"allowed_peers": "bob"}},
        {"limits": {"max_recipients": True}},
        {"limits": {"max_recipients": -1}},
        {"operator": {"keys": True}},
    ],
)
def test_a_document_that_says_something_else_is_refused(identity: Any, system: Any, alice: Any, document: Any) -> None:
    with pytest.raises(Failure, match="VALIDATION_ERROR"):
        inside(identity.set_permissions, system, "alice", document)


def test_a_preset_is_copied(identity: Any, system: Any) -> None:
    agent = inside(identity.create_agent, system, "bob", preset_id="builtin:observer")
    assert agent.bus_permissions["events"] == {"read": True}
    assert agent.bus_permissions["messages"]["send_direct"] is False
    assert agent.bus_preset.preset_id == "builtin:observer"


def test_an_old_version_is_a_conflict(identity: Any, system: Any, alice: Any) -> None:
    inside(identity.update_agent, system, "alice", expected_version=1, role="tester")
    with pytest.raises(Failure, match="VERSION_CONFLICT") as refused:
        inside(identity.update_agent, system, "alice", expected_version=1, role="x")
    assert refused.value.details == {"expected_version": 1, "current_version": 2}


def test_a_key_is_shown_once_and_kept_as_a_hash(identity: Any, system: Any, alice: Any) -> None:
    from pulse_project.core import auth
    from pulse_project.core.models import ApiKey

    issued = inside(identity.issue_key, system, alice)
    row = ApiKey.objects.get()
    assert auth.KEY.match(issued.plaintext)
    assert (row.key_hash, row.prefix) == (auth.digest(issued.plaintext), issued.plaintext[:12])
    assert issued.plaintext not in f"{issued!r}{row.__dict__}{[event.payload for event in events()]}"


def test_rotation_ends_every_old_key(identity: Any, system: Any, alice: Any) -> None:
    from pulse_project.core import auth

    old = [inside(identity.issue_key, system, alice).plaintext for _ in range(2)]
    new = inside(identity.rotate_key, system, alice).plaintext
    assert [auth.resolve_key(key) for key in old] == [None, None]
    assert auth.resolve_key(new).agent_id == "alice"  # type: ignore[union-attr]


def test_rotating_one_key_keeps_its_terms(identity: Any, system: Any, alice: Any) -> None:
    first = inside(identity.issue_key, system, alice, label="ci", toolsets="nexus", is_read_only=True, prefix="dash_")
    other = inside(identity.issue_key, system, alice)
    new = inside(identity.rotate_key, system, alice, key_pk=first.row.pk).row
    other.row.refresh_from_db()
    assert (new.label, new.toolsets, new.is_read_only, new.prefix[:5]) == ("ci", "nexus", True, "dash_")
    assert other.row.revoked_at is None


def test_a_key_is_revoked_once(identity: Any, system: Any, alice: Any) -> None:
    key = inside(identity.issue_key, system, alice).row
    inside(identity.revoke_key, system, key.pk)
    with pytest.raises(Failure, match="CONFLICT"):
        inside(identity.revoke_key, system, key.pk)
    with pytest.raises(Failure, match="NOT_FOUND"):
        inside(identity.revoke_key, system, key.pk + 1)


def test_every_change_is_an_event(identity: Any, system: Any, alice: Any) -> None:
    key = inside(identity.issue_key, system, alice).row
    inside(identity.rotate_key, system, alice)
    inside(identity.update_agent, system, "alice", role="x")
    inside(identity.delete_agent, system, "alice")
    assert [event.type for event in events()] == [
        "agent.created",
        "key.issued",
        "key.rotated",
        "agent.updated",
        "agent.deleted",
    ]
    assert events()[2].payload["ended"] == [key.pk]
    assert {(event.entity_kind, event.entity_id) for event in events()} == {("agent", "alice")}


def test_issuing_missing_keys_twice_issues_nothing(identity: Any, system: Any, alice: Any) -> None:
    inside(identity.create_agent, system, "idle", is_active=False)
    assert list(inside(identity.issue_missing_keys, system)) == ["alice"]
    assert inside(identity.issue_missing_keys, system) == {}


OPERATORS_ONLY = Caller(Kind.AGENT, "clerk", frozenset({"operator.agents", "operator.keys"}), agent_pk=999, key_pk=1)


def test_operator_rights_come_from_somebody_who_holds_them_all(identity: Any, alice: Any) -> None:
    for change in ({"is_operator": True},):
        with pytest.raises(Failure, match="PERMISSION_DENIED"):
            inside(identity.update_agent, OPERATORS_ONLY, "alice", **change)
    with pytest.raises(Failure, match="PERMISSION_DENIED"):
        inside(identity.create_agent, OPERATORS_ONLY, "eve", is_operator=True)


def test_nobody_grants_operator_rights_to_itself(identity: Any, system: Any, alice: Any) -> None:
    from pulse_project.core import flags

    self_made = Caller(Kind.AGENT, "alice", flags.operator_flags(), agent_pk=alice.pk, key_pk=1)
    with pytest.raises(Failure, match="PERMISSION_DENIED"):
        inside(identity.update_agent, self_made, "alice", is_operator=True)


def test_a_key_of_an_operator_is_issued_by_operators_only(identity: Any, system: Any) -> None:
    boss = inside(identity.create_agent, system, "boss", is_operator=True)
    for act in (identity.issue_key, identity.rotate_key):
        with pytest.raises(Failure, match="PERMISSION_DENIED"):
            inside(act, OPERATORS_ONLY, boss)
    with pytest.raises(Failure, match="PERMISSION_DENIED"):
        inside(identity.delete_agent, OPERATORS_ONLY, "boss")


def test_a_restricted_key_makes_no_other_key(identity: Any, alice: Any) -> None:
    from dataclasses import replace

    with pytest.raises(Failure, match="PERMISSION_DENIED"):
        inside(identity.issue_key, replace(OPERATORS_ONLY, toolsets=frozenset({"nexus"})), alice)


def test_local_trust_gives_a_first_key_and_no_second(identity: Any, operator: Any, alice: Any) -> None:
    inside(identity.issue_key, operator, alice)
    for act in (identity.issue_key, identity.rotate_key):
        with pytest.raises(Failure, match="AUTH_REQUIRED"):
            inside(act, operator, alice)


def test_a_browser_confirms_itself_before_it_gets_a_key(identity: Any, alice: Any) -> None:
    from pulse_project.core import clock, flags

    person = Caller(
        Kind.USER, "root", flags.declared(), user_pk=1, auth="session", confirmed_us=clock.now_us() - 601_000_000
    )
    with pytest.raises(Failure, match="AUTH_REQUIRED"):
        inside(identity.issue_key, person, alice)
    with clock.frozen_at(person.confirmed_us + 599_000_000):
        assert inside(identity.issue_key, person, alice).row.pk


def test_the_first_operator_is_made_once(identity: Any, system: Any) -> None:
    from pulse_project.core import auth

    issued = inside(identity.bootstrap_operator, system)
    caller = auth.resolve_key(issued.plaintext)
    assert caller is not None
    assert caller.holds("operator.reset")
    assert inside(identity.bootstrap_operator, system) is None


def test_presets_are_four_and_fixed(identity: Any, system: Any) -> None:
    from pulse_project.core.models import PermissionPreset

    names = set(PermissionPreset.objects.filter(scope="bus", is_builtin=True).values_list("preset_id", flat=True))
    assert names == {"builtin:full", "builtin:coordinator", "builtin:worker", "builtin:observer"}
    for act in (
        lambda: identity.update_preset(system, "builtin:full", changes={"name": "x"}),
        lambda: identity.delete_preset(system, "builtin:full"),
    ):
        with pytest.raises(Failure, match="PERMISSION_DENIED"):
            inside(act)


def test_no_preset_holds_operator_flags() -> None:
    from pulse_project.core.models import PermissionPreset

    assert not [preset for preset in PermissionPreset.objects.all() if "operator" in str(preset.flags)]


def test_a_preset_of_ones_own_lives_and_agents_keep_what_they_copied(identity: Any, system: Any) -> None:
    preset = inside(identity.create_preset, system, "Reviewer", permissions={"handoffs": {"create": False}})
    agent = inside(identity.create_agent, system, "bob", preset_id=preset.preset_id)
    inside(identity.update_preset, system, preset.preset_id, expected_version=1, changes={"flags": None, "name": "R2"})
    inside(identity.delete_preset, system, preset.preset_id)
    agent.refresh_from_db()
    assert agent.bus_permissions["handoffs"]["create"] is False
    assert agent.bus_preset is None


def test_preset_names_are_unique_and_not_built_in(identity: Any, system: Any) -> None:
    inside(identity.create_preset, system, "Mine")
    with pytest.raises(Failure, match="CONFLICT"):
        inside(identity.create_preset, system, "Mine")
    with pytest.raises(Failure, match="VALIDATION_ERROR"):
        inside(identity.create_preset, system, "full")


def test_an_old_preset_version_is_a_conflict(identity: Any, system: Any) -> None:
    preset = inside(identity.create_preset, system, "Mine")
    with pytest.raises(Failure, match="VERSION_CONFLICT"):
        inside(identity.update_preset, system, preset.preset_id, expected_version=2, changes={})
