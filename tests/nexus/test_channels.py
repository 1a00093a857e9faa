"""Channels: labels of a workspace."""

from dataclasses import replace
from typing import Any

import pytest

from nexus.models import Channel
from pulse_project.core import flags
from tests.nexus.calls import code, ok

pytestmark = pytest.mark.django_db


def test_a_channel_is_made_once_per_name(alice: Any, project: str) -> None:
    first = ok("channel_create", alice, project_root=project, name=" build ")
    again = ok("channel_create", alice, project_root=project, name="build")
    assert (first["created"], again["created"]) == (True, False)
    assert first["channel"] == again["channel"]


@pytest.mark.parametrize("name", ["", "  ", "a" * 65, "a\nb", "a\x00", "a\u200b", 5, None])
def test_a_name_is_short_and_visible(alice: Any, project: str, name: Any) -> None:
    assert code("channel_create", alice, project_root=project, name=name) == "VALIDATION_ERROR"


def test_general_is_made_at_the_first_look(alice: Any, project: str) -> None:
    assert [one["name"] for one in ok("channel_list", alice, project_root=project)["channels"]] == ["general"]
    ok("channel_create", alice, project_root=project, name="build")
    assert [one["name"] for one in ok("channel_list", alice, project_root=project)["channels"]] == ["general", "build"]


def test_a_read_only_caller_lists_without_making_anything(alice: Any, project: str) -> None:
    assert ok("channel_list", replace(alice, read_only=True), project_root=project)["channels"] == []
    assert not Channel.objects.exists()


def test_making_channels_has_its_flag(make_agent: Any, project: str) -> None:
    document = flags.full_bus_permissions()
    document["channels"]["create"] = False
    caller = make_agent("worker", bus_permissions=document)
    assert code("channel_create", caller, project_root=project, name="x") == "PERMISSION_DENIED"
    assert code("channel_list", caller, project_root="") == "WORKSPACE_REQUIRED"
