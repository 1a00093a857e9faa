"""Presets in the admin: cloned under a new name, compared flag by flag."""

from collections.abc import Callable
from typing import Any

import pytest

from boards.models import BoardGrant
from boards.presets import ensure_builtin_presets
from pulse_project.core import identity
from pulse_project.core.models import Agent, PermissionPreset
from tests.admin.acting import act, ask, cells, offered, text, told
from tests.boards.making import make_board, make_member

PRESETS, AGENTS, GRANTS = "/admin/core/permissionpreset/", "/admin/core/agent/", "/admin/boards/boardgrant/"


@pytest.fixture(autouse=True)
def _builtin(db: None) -> None:
    ensure_builtin_presets()
    identity.ensure_builtin_presets()


@pytest.fixture
def client(browser: Callable[..., Any]) -> Any:
    return browser("superuser")


def preset(name: str, scope: str = "board") -> PermissionPreset:
    return PermissionPreset.objects.get(scope=scope, name=name)


@pytest.fixture
def less() -> PermissionPreset:
    """A preset with one flag less than that of reporters."""
    flags = [flag for flag in preset("Reporter").flags if flag != "card.entity.read"]
    return PermissionPreset.objects.create(preset_id="prs_less", scope="board", name="Less", flags=flags)


def test_a_preset_is_cloned_under_the_name_that_is_asked_for(client: Any) -> None:
    assert "name" in ask(client, PRESETS, "clone", preset("Reporter")).context["form"].fields
    assert not PermissionPreset.objects.filter(name="Writers").exists()
    assert told(act(client, PRESETS, "clone", preset("Reporter"), name="Writers")) == ["Clone: done for 1 of 1."]
    assert (preset("Writers").flags, preset("Writers").is_builtin) == (preset("Reporter").flags, False)


def test_a_name_that_is_taken_is_refused_in_words(client: Any) -> None:
    found = cells(act(client, PRESETS, "clone", preset("Reporter"), name="QA"))
    assert found == ["Reporter", "A preset with that name exists. Choose another name. (DUPLICATE)"]


def test_presets_are_cloned_one_at_a_time(client: Any) -> None:
    chosen = [preset("Reporter"), preset("QA")]
    assert told(act(client, PRESETS, "clone", *chosen, name="Both")) == ["“Clone” takes one record at a time."]


def test_a_preset_of_the_bus_is_not_cloned_as_one_of_boards(client: Any) -> None:
    [message] = told(act(client, PRESETS, "clone", preset("Worker", "bus"), name="Mine"))
    assert message.startswith("None of the selected records")


def test_two_presets_are_compared_flag_by_flag(client: Any, less: Any) -> None:
    response = ask(client, PRESETS, "diff", preset("Reporter"), less)
    assert cells(response) == ["card.entity.read", "granted", "denied"]
    assert "1 of " in text(response)


def test_one_preset_asks_for_the_other(client: Any, less: Any) -> None:
    asked = ask(client, PRESETS, "diff", less)
    answered = ask(client, PRESETS, "diff", less, other="board:reporter")
    assert cells(asked) == []
    assert cells(answered) == ["card.entity.read", "denied", "granted"]


def test_presets_without_common_flags_are_not_compared(client: Any) -> None:
    [message] = told(ask(client, PRESETS, "diff", preset("Worker", "bus"), preset("QA")))
    assert message == "A preset of the bus and one of boards have no flags in common."


def test_presets_of_the_bus_are_compared(client: Any) -> None:
    found = cells(ask(client, PRESETS, "diff", preset("Full", "bus"), preset("Coordinator", "bus")))
    assert found == ["handoffs.work", "denied", "granted"]


def test_an_agent_is_compared_with_the_presets_that_it_copied(client: Any) -> None:
    make_member(None, "alice", "Reporter")
    agent = Agent.objects.get(agent_id="alice")
    agent.board_preset, agent.board_permissions = preset("Reporter"), [*preset("Reporter").flags, "card.entity.delete"]
    agent.save(update_fields=["board_preset", "board_permissions"])
    response = ask(client, AGENTS, "diff", agent)
    assert cells(response) == ["card.entity.delete", "granted", "denied"]
    assert "alice and everything published grant the same flags." in text(response)


def test_a_grant_is_compared_with_the_preset_of_its_agent(client: Any) -> None:
    make_member(make_board("Payments"), "alice", "Full Control", overrides=["card.entity.delete"])
    response = ask(client, GRANTS, "diff", BoardGrant.objects.get())
    assert cells(response) == ["card.entity.delete", "denied", "granted"]


def test_who_only_watches_may_compare_and_not_clone(browser: Callable[..., Any]) -> None:
    assert offered(browser("auditor"), PRESETS) & {"clone", "diff"} == {"diff"}
