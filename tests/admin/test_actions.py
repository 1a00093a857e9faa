"""Admin actions: through operations, confirmed, shown once, and not offered to those who may not."""

import json

import pytest
from django.urls import reverse

from nexus.models import Event, Handoff, Lane, LaneCount, MessageDelivery, Session
from pulse_project.core import auth, clock
from pulse_project.core.identity import ensure_builtin_presets
from pulse_project.core.models import Agent, ApiKey, Delivery, DomainEvent, PermissionPreset, StoredSetting
from tests.admin.acting import act, offered
from tests.markup import parse

AGENTS = "/admin/core/agent/"
HANDOFFS = "/admin/nexus/handoff/"
DELIVERIES = "/admin/nexus/messagedelivery/"
PRUNE = "/admin/nexus/prune/"
LISTS = [AGENTS, HANDOFFS, DELIVERIES, "/admin/core/apikey/", "/admin/nexus/session/", "/admin/core/storedsetting/"]


def key_on(response):
    return [element.words for element in parse(response.content).all("code") if auth.is_well_formed(element.words)]


def test_rotating_a_key_shows_it_once_and_keeps_only_its_hash(browser, bob):
    client, agent = browser("operator"), Agent.objects.get(agent_id="bob")
    response = act(client, AGENTS, "rotate_key", agent)
    (key,) = key_on(response)
    assert ApiKey.objects.get(agent=agent).key_hash == auth.digest(key)
    assert "no-store" in response["Cache-Control"]
    assert key not in client.get(AGENTS).content.decode()


def test_rotating_a_key_ends_the_old_one(browser, bob):
    client, agent = browser("operator"), Agent.objects.get(agent_id="bob")
    (old,) = key_on(act(client, AGENTS, "rotate_key", agent))
    act(client, AGENTS, "rotate_key", agent)
    assert auth.resolve_key(old) is None


def test_the_page_before_states_the_count_and_changes_nothing(browser, alice, bob):
    client, agents = browser("operator"), list(Agent.objects.all())
    response = client.post(
        AGENTS, {"action": "rotate_key", "_selected_action": [agent.pk for agent in agents], "index": 0}
    )
    assert "2 agents" in parse(response.content).text
    assert ApiKey.objects.count() == 0


def test_an_old_login_is_asked_for_its_password(browser, bob):
    client, agent = browser("operator", fresh=False, password="a long password"), Agent.objects.get(agent_id="bob")
    refused = act(client, AGENTS, "rotate_key", agent, password="wrong")
    granted = act(client, AGENTS, "rotate_key", agent, password="a long password")
    assert "That is not your password." in parse(refused.content).text
    assert len(key_on(granted)) == 1


def test_an_old_login_without_password_is_told_to_open_a_new_link(browser, bob):
    response = act(browser("operator", fresh=False), AGENTS, "rotate_key", Agent.objects.get(agent_id="bob"))
    assert "one-time link" in parse(response.content).text
    assert ApiKey.objects.count() == 0


def test_a_new_agent_gets_a_key_that_works(browser):
    response = browser("operator").post(
        "/admin/core/agent/new/", {"agent_id": "coder-1", "capabilities": "python, review"}
    )
    (key,) = key_on(response)
    assert auth.resolve_key(key).agent_id == "coder-1"
    assert Agent.objects.get().capabilities == {"python": True, "review": True}


def test_a_refused_agent_says_why(browser, bob):
    response = browser("operator").post("/admin/core/agent/new/", {"agent_id": "bob"})
    assert response.status_code == 409
    assert "exists" in parse(response.content).text


def test_deactivating_and_activating_are_undone_by_each_other(browser, bob):
    client, agent = browser("operator"), Agent.objects.get(agent_id="bob")
    act(client, AGENTS, "deactivate", agent)
    assert not Agent.objects.get(pk=agent.pk).is_active
    act(client, AGENTS, "activate", agent)
    assert Agent.objects.get(pk=agent.pk).is_active


def test_revoking_a_key_ends_it(browser, bob):
    client, agent = browser("operator"), Agent.objects.get(agent_id="bob")
    (key,) = key_on(act(client, AGENTS, "issue_key", agent, label="laptop"))
    act(client, "/admin/core/apikey/", "revoke", ApiKey.objects.get())
    assert auth.resolve_key(key) is None
    assert ApiKey.objects.get().revoked_at is not None


def test_applying_a_preset_copies_its_permissions(browser, bob):
    client, agent = browser("operator"), Agent.objects.get(agent_id="bob")
    ensure_builtin_presets()
    chosen = PermissionPreset.objects.filter(scope="bus").exclude(preset_id="builtin:full").first()
    act(client, AGENTS, "apply_preset", agent, preset=chosen.preset_id)
    assert Agent.objects.get(pk=agent.pk).bus_preset == chosen


def test_parking_and_redelivering_move_the_lane_and_tell_both_sides(browser, message):
    client = browser("operator")
    act(client, DELIVERIES, "park", message)
    assert MessageDelivery.objects.get(pk=message.pk).lane == Lane.PARKED
    act(client, DELIVERIES, "redeliver", message)
    told = Event.objects.filter(type__in=("message.parked", "message.redelivered")).order_by("seq")
    assert list(told.values_list("type", flat=True)) == ["message.parked", "message.redelivered"]
    counts = LaneCount.objects.get(agent_id="bob")
    assert (counts.unread, counts.delivered, counts.parked) == (1, 0, 0)


def test_extending_a_lease_gives_more_time(browser, message, bob, call):
    call("inbox_pull", bob, agent_id="bob")
    act(browser("operator"), DELIVERIES, "extend_lease", message, seconds=5000)
    left = MessageDelivery.objects.get(pk=message.pk).lease_us - clock.now_us()
    assert 4_900_000_000 < left <= 5_000_000_000


def test_cancelling_a_handoff_needs_a_reason_and_tells_it(browser, handoff):
    client = browser("operator")
    asked = act(client, HANDOFFS, "cancel", handoff, reason="")
    assert asked.status_code == 400
    act(client, HANDOFFS, "cancel", handoff, reason="Not needed any more")
    assert Handoff.objects.get(pk=handoff.pk).status == "CANCELLED"
    assert "Not needed any more" in Event.objects.get(type="handoff.cancelled").payload


def test_what_is_over_is_not_cancelled_again(browser, handoff):
    client = browser("operator")
    act(client, HANDOFFS, "cancel", handoff, reason="first")
    again = act(client, HANDOFFS, "cancel", handoff, reason="second")
    assert "None of the selected records" in parse(again.content).text


def test_releasing_a_claim_opens_the_handoff(browser, handoff, bob, call, project):
    call("handoff_claim", bob, project_root=project, handoff_id=handoff.handoff_id, agent_id="bob")
    act(browser("operator"), HANDOFFS, "release", handoff, reason="stuck")
    assert Handoff.objects.get(pk=handoff.pk).status == "OPEN"
    assert Event.objects.filter(type="handoff.released").count() == 1


def test_closing_a_session_ends_it(browser, handoff, bob, call):
    call("session_open", bob, agent_id="bob", workspace_id=handoff.workspace.workspace_id)
    act(browser("operator"), "/admin/nexus/session/", "close", Session.objects.get())
    assert Session.objects.get().closed_us is not None


def test_reaping_closes_what_was_silent_for_a_day(browser, handoff, bob, call):
    call("session_open", bob, agent_id="bob", workspace_id=handoff.workspace.workspace_id)
    Session.objects.update(last_heartbeat_us=1)
    client = browser("operator")
    assert "1 open session" in parse(client.get("/admin/nexus/reap/").content).text
    client.post("/admin/nexus/reap/")
    assert Session.objects.get().closed_us is not None


def test_a_simulated_prune_deletes_nothing_and_the_confirmed_one_what_it_counted(browser, message, handoff):
    Event.objects.update(created_us=1)
    client, before = browser("operator"), Event.objects.count()
    simulated = client.post(PRUNE, {"step": "simulate"})
    assert Event.objects.count() == before
    done = client.post(PRUNE, {"step": "delete", "simulation": token_of(simulated)})
    assert done.context["report"]["tables"] == simulated.context["report"]["tables"]
    assert Event.objects.count() == 0


def token_of(response):
    return next(
        field.get("value") for field in parse(response.content).all("input") if field.get("name") == "simulation"
    )


@pytest.mark.parametrize("token", ["", "forged"])
def test_a_prune_without_simulation_only_simulates(browser, message, token):
    Event.objects.update(created_us=1)
    response = browser("operator").post(PRUNE, {"step": "delete", "simulation": token})
    assert response.context["report"]["dry_run"]
    assert Event.objects.count() > 0


def test_a_setting_goes_back_to_its_default(browser, operator, call):
    call("settings_update", operator, values={"max_event_limit": 500})
    act(browser("operator"), "/admin/core/storedsetting/", "to_default", StoredSetting.objects.get())
    assert StoredSetting.objects.get().value == 1000


@pytest.mark.parametrize("address", LISTS)
def test_an_auditor_is_offered_no_action_that_writes(browser, everything, address):
    assert offered(browser("auditor"), address) <= {"diff"}


@pytest.mark.parametrize("address", LISTS[:5])
def test_an_operator_is_offered_actions(browser, everything, address):
    assert offered(browser("operator"), address) != set()


def test_an_auditor_who_posts_an_action_changes_nothing(browser, handoff):
    act(browser("auditor"), HANDOFFS, "cancel", handoff, reason="because")
    assert Handoff.objects.get(pk=handoff.pk).status == "OPEN"


@pytest.mark.parametrize("address", [PRUNE, "/admin/nexus/reap/", "/admin/core/agent/new/"])
def test_an_auditor_cannot_use_the_maintenance_pages(browser, message, address):
    Event.objects.update(created_us=1)
    response = browser("auditor").post(address, {"step": "simulate", "agent_id": "intruder"})
    assert response.status_code == 403
    assert not Agent.objects.filter(agent_id="intruder").exists()


def test_every_action_leaves_an_entry_in_the_admin_log(browser, handoff):
    client = browser("operator")
    act(client, HANDOFFS, "cancel", handoff, reason="audit")
    page = parse(client.get(reverse("admin:admin_logentry_changelist")).content)
    assert "Cancel (admin_handoff_cancel)" in page.text


def test_the_record_page_offers_the_actions_that_suit_the_record(browser, handoff, bob, project, call):
    client, address = browser("operator"), reverse("admin:nexus_handoff_change", args=[handoff.pk])

    def offers():
        page = parse(client.get(address).content)
        return {button.get("value") for button in page.all("button") if button.get("name") == "action"}

    while_open = offers()
    call("handoff_claim", bob, project_root=project, agent_id="bob", handoff_id=handoff.handoff_id)
    assert (while_open, offers()) == ({"cancel"}, {"cancel", "release"})


def test_the_admin_sends_strangers_to_the_login(client, db):
    response = client.get("/admin/core/agent/", follow=True)
    assert response.redirect_chain[-1][0].startswith("/login/?next=")


def test_keys_changes_are_told_on_the_domain_log(browser, bob):
    act(browser("operator"), AGENTS, "rotate_key", Agent.objects.get(agent_id="bob"))
    assert DomainEvent.objects.get(type="key.rotated").actor != ""


@pytest.mark.parametrize(("action", "left"), [("retry", ["pending"]), ("discard", [])])
def test_a_dead_letter_is_delivered_again_or_given_up(browser, action, left):
    event = DomainEvent.objects.create(seq=9001, type="test.happened")
    letter = Delivery.objects.create(event=event, subscriber="tests", state="dead", attempts=8)
    act(browser("operator"), "/admin/core/delivery/", action, letter)
    assert list(Delivery.objects.filter(pk=letter.pk).values_list("state", flat=True)) == left
    assert DomainEvent.objects.filter(type__startswith="dead_letter.").count() == 1


def test_events_are_exported_line_by_line(browser, message):
    events = list(Event.objects.values_list("seq", flat=True))
    data = {"action": "export", "_selected_action": events, "index": 0}
    response = browser("auditor").post("/admin/nexus/event/", data)
    rows = [json.loads(line) for line in response.content.decode().splitlines()]
    assert sorted(row["seq"] for row in rows) == events
    assert "attachment" in response["Content-Disposition"]
