"""Versions, and the tools that moved."""

from typing import Any

import pytest

from pulse_project.core.operations import REGISTRY
from tests.nexus.calls import error, ok

pytestmark = pytest.mark.django_db


def test_the_versions_are_numbers_a_client_can_compare(alice: Any) -> None:
    info = ok("nexus_info", alice)
    assert set(info) == {"package_version", "schema_version", "surface_revision"}
    assert info["surface_revision"] >= 100


@pytest.mark.parametrize("name", ["message_get", "message_list", "message_wait"])
@pytest.mark.parametrize("arguments", [{}, {"project_root": "/x", "cursor": 5, "anything": [1]}])
def test_a_removed_tool_names_what_to_call_instead(alice: Any, name: str, arguments: Any) -> None:
    answer = error(name, alice, **arguments)
    assert (answer["code"], answer["details"]["removed_in"]) == ("MIGRATED", "S3")
    assert all(replacement in REGISTRY for replacement in answer["details"]["replacements"])
