"""No secret that was ever shown can be found in the store again."""

import json
from typing import Any

import pytest

from tests.conftest import run

pytestmark = pytest.mark.django_db


def everything_stored() -> str:
    from django.apps import apps

    rows = [list(model._default_manager.values()) for model in apps.get_models()]
    return json.dumps(rows, default=str)


def test_keys_links_and_session_secrets_leave_no_plaintext(operator: Any, tmp_path: Any) -> None:
    from dataclasses import replace

    from pulse_project.core import auth, links

    made = run("admin_agent_create", operator, agent_id="alice", idempotency_key="k1")["data"]
    boss = replace(operator, auth="cli")
    rotated = run("admin_key_rotate", boss, agent_id="alice", idempotency_key="k2")["data"]
    alice = auth.resolve_key(rotated["api_key"])
    workspace_id = run("workspace_resolve", alice, project_root=str(tmp_path))["data"]["workspace_id"]
    opened = run("session_open", alice, agent_id="alice", workspace_id=workspace_id, idempotency_key="k3")["data"]
    secrets = [made["api_key"], rotated["api_key"], opened["session_secret"], links.issue().split("/")[-2]]
    stored = everything_stored()
    assert all(len(secret) > 20 for secret in secrets)
    assert [secret for secret in secrets if secret in stored] == []


def test_a_repeated_call_does_not_show_the_secret_again(operator: Any) -> None:
    first = run("admin_agent_create", operator, agent_id="alice", idempotency_key="k1")["data"]
    second = run("admin_agent_create", operator, agent_id="alice", idempotency_key="k1")["data"]
    assert (second["agent_id"], second["api_key"], second["replayed"]) == (first["agent_id"], None, True)
