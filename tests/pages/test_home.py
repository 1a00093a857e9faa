"""The home page: what waits, who is here, what happened, and how the first agent gets in."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from nexus.models import Channel, Event, Handoff, LaneCount, Workspace
from pulse_project.core import clock
from pulse_project.core.models import Agent, ApiKey, Delivery, DomainEvent
from tests.markup import parse


@pytest.fixture
def workspace(db):
    return Workspace.objects.create(workspace_id="a" * 64, root_realpath="/srv/payments")


def panel(page, name):
    return next(section for section in page.all("section") if section.get("id") == f"panel-{name}")


def test_an_empty_store_shows_the_first_steps(browser):
    page = parse(browser("operator").get("/").content)
    steps = [heading.words for heading in page.all("h3") if "steps" not in heading.text]
    assert steps[:3] == ["Create an agent", "Give it a key", "See its first call"]
    assert "Nothing is parked, stuck or failing." in panel(page, "attention").words


def test_a_done_step_says_so(browser):
    Agent.objects.create(agent_id="coder-1")
    page = parse(browser("operator").get("/").content)
    assert "Create an agent (done)" in page.text


def test_the_steps_go_when_all_are_done(browser):
    agent = Agent.objects.create(agent_id="coder-1")
    ApiKey.objects.create(agent=agent, key_hash="0" * 64, prefix="nxs_", last_used_at=clock.now())
    assert "Get started" not in parse(browser("operator").get("/").content).text


def test_every_alert_counts_what_its_list_shows(browser, workspace):
    client = browser("operator")
    Handoff.objects.create(
        handoff_id="h1",
        workspace=workspace,
        from_agent_id="a",
        target="{}",
        visibility=0,
        status="CLAIMED",
        claimed_by="b",
        lease_us=1,
    )
    event = DomainEvent.objects.create(seq=1, type="x.y")
    Delivery.objects.create(event=event, subscriber="s", state="dead")
    Delivery.objects.create(event=event, subscriber="t", state="dead")
    page = parse(client.get("/").content)
    alerts = {
        link.words: link.get("href") for link in page.all("a") if link.words in {"1 expired lease", "2 dead letters"}
    }
    shown = {words: client.get(address).context["cl"].result_count for words, address in alerts.items()}
    assert shown == {"1 expired lease": 1, "2 dead letters": 2}


def test_a_parked_message_is_an_alert(browser):
    LaneCount.objects.create(agent_id="bob", parked=1)
    assert "1 parked message" in panel(parse(browser("operator").get("/").content), "attention").words


def test_an_event_is_told_in_words(browser, workspace):
    Event.objects.create(
        seq=7,
        type="handoff.claimed",
        actor="coder-1",
        workspace=workspace,
        stream=2,
        visibility=0,
        audience="[]",
        payload='{"handoff_id": "hof0123456789abcdef0123"}',
    )
    words = panel(parse(browser("auditor").get("/").content), "events").words
    assert "coder-1 claimed a handoff" in words
    assert "payments" in words


def test_a_hostile_payload_is_only_text(browser, workspace):
    Event.objects.create(
        seq=7,
        type="<b>x</b>",
        actor="<script>alert(1)</script>",
        workspace=workspace,
        stream=0,
        visibility=0,
        audience="[]",
        payload='{"subject": "<img src=//evil onerror=x>"}',
    )
    page = parse(browser("operator").get("/").content)
    assert page.offences() == []
    assert page.all("img") == []


@pytest.mark.parametrize("name", ["start", "attention", "agents", "telemetry", "connect", "events"])
def test_a_panel_comes_alone_for_a_refetch(browser, name):
    response = browser("auditor").get(f"/home/{name}/")
    assert response.status_code == 200
    assert b"<html" not in response.content


def test_an_unknown_panel_is_not_found(browser):
    assert browser("operator").get("/home/nothing/").status_code == 404


def test_the_chosen_client_is_in_the_address(browser):
    page = parse(browser("operator").get("/?client=codex", headers={"host": "127.0.0.1:18100"}).content)
    current = [link.words for link in page.all("a") if link.get("aria-current") == "true"]
    assert current == ["Codex CLI"]
    assert 'url = "http://127.0.0.1:18100/mcp"' in page.text


def test_the_page_needs_few_queries_whatever_the_store_holds(browser, workspace):
    client = browser("operator")
    Agent.objects.bulk_create(Agent(agent_id=f"agent-{n}") for n in range(50))
    Channel.objects.create(channel_id="c", workspace=workspace, name="builds")
    Event.objects.bulk_create(
        Event(seq=n, type="x.y", workspace=workspace, stream=0, visibility=0, audience="[]", payload="{}")
        for n in range(1, 200)
    )
    with CaptureQueriesContext(connection) as queries:
        client.get("/")
    assert len(queries) <= 25
