"""Settings that change while Pulse runs."""

from collections.abc import Iterator
from typing import Any

import pytest

from pulse_project.core import conf
from pulse_project.core.models import DomainEvent
from tests.conftest import run

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _defaults_return() -> Iterator[None]:
    yield
    conf.apply_stored({})


def test_a_change_is_in_force_at_once(operator: Any) -> None:
    run("settings_update", operator, values={"max_inline_bytes": 2048})
    assert conf.current().max_inline_bytes == 2048


def test_a_change_is_announced_with_before_and_after(operator: Any) -> None:
    run("settings_update", operator, values={"trust_mode": "strict"})
    event = DomainEvent.objects.get(type="settings.changed")
    assert event.payload["changes"] == {"trust_mode": {"from": "open", "to": "strict"}}


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"presence_ttl_seconds": 59}, "presence_ttl_seconds"),
        ({"presence_ttl_seconds": True}, "presence_ttl_seconds"),
        ({"presence_ttl_seconds": "90"}, "presence_ttl_seconds"),
        ({"trust_mode": "loose"}, "trust_mode"),
        ({"no_such_setting": 1}, "no_such_setting"),
        ({"home": "/elsewhere"}, "home"),
    ],
)
def test_a_wrong_value_is_refused_with_its_name(operator: Any, values: dict[str, Any], field: str) -> None:
    error = run("settings_update", operator, values=values)["error"]
    assert error["code"] == "INVALID_SETTING"
    assert error["details"]["key"] == field


def test_one_wrong_value_stores_none(operator: Any) -> None:
    run("settings_update", operator, values={"max_event_limit": 20, "trust_mode": "loose"})
    assert conf.current().max_event_limit == 1000


def test_an_old_version_is_a_conflict(operator: Any) -> None:
    version = run("settings_list", operator)["data"]["version"]
    run("settings_update", operator, values={"max_event_limit": 20}, expected_version=version)
    late = run("settings_update", operator, values={"max_event_limit": 30}, expected_version=version)
    assert late["error"]["code"] == "VERSION_CONFLICT"


def test_reset_brings_the_defaults_back(operator: Any) -> None:
    run("settings_update", operator, values={"max_event_limit": 20})
    assert run("settings_reset", operator)["data"] == {"cleared": ["max_event_limit"]}
    assert conf.current().max_event_limit == 1000


def test_a_value_from_the_environment_cannot_be_changed(operator: Any) -> None:
    conf.load(env={"OKTO_NEXUS_MAX_EVENT_LIMIT": "50"})
    try:
        error = run("settings_update", operator, values={"max_event_limit": 20})["error"]
    finally:
        conf.load()
    assert (error["code"], error["details"]["source"]) == ("INVALID_SETTING", "env")


def test_an_agent_cannot_change_settings(make_agent: Any) -> None:
    error = run("settings_update", make_agent("alice"), values={"trust_mode": "strict"})["error"]
    assert error["details"]["required_permission"] == "operator.settings"


def test_the_list_names_where_a_value_comes_from(operator: Any) -> None:
    run("settings_update", operator, values={"max_event_limit": 20})
    items = {item["key"]: item for item in run("settings_list", operator)["data"]["items"]}
    assert (items["max_event_limit"]["source"], items["trust_mode"]["source"]) == ("stored", "default")
