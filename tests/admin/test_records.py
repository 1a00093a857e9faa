"""Every model has its pages, every page answers with data, search and each filter, and none shows a secret."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from nexus.models import Handoff
from pulse_project.core.models import Agent, ApiKey
from tests.markup import parse

OWN_APPS = ("core", "boards", "specs", "nexus", "telemetry")
MODELS = [model for label in OWN_APPS for model in apps.get_app_config(label).get_models()]
by_name = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)


def list_address(model):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def filters_of(page):
    return sorted({link for link in page.links if link.startswith("?") and not link.startswith(("?o=", "?p="))})


@by_name
def test_a_model_is_registered(model):
    assert admin.site.is_registered(model)


@by_name
def test_a_list_answers_with_data_search_and_each_filter(model, browser, everything):
    client, address = browser("auditor"), list_address(model)
    page = parse(client.get(address).content)
    queries = [
        "",
        *filters_of(page),
        *([f"?q={word}" for word in ("bob", "%'\"\\")] if admin.site.get_model_admin(model).search_fields else []),
    ]
    answers = {query: client.get(address + query).status_code for query in queries}
    assert {query: status for query, status in answers.items() if status != 200} == {}
    assert page.offences() == []
    assert page.nameless() == []


@by_name
def test_a_record_page_answers_or_there_is_no_record(model, browser, everything):
    record = model._default_manager.first()
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[record.pk])
    response = browser("superuser").get(address)
    page = parse(response.content)
    assert response.status_code == 200
    assert page.offences() == []
    assert len(page.all("h1")) == 1


@by_name
def test_nobody_adds_or_deletes_a_record_by_a_form(model, browser, everything):
    client, record = browser("superuser"), model._default_manager.first()
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    assert client.get(reverse(f"{name}_add")).status_code == 403
    assert client.post(reverse(f"{name}_delete", args=[record.pk]), {"post": "yes"}).status_code == 403
    assert client.post(reverse(f"{name}_change", args=[record.pk]), {}).status_code == 403


def test_no_page_shows_a_key_or_its_hash(browser, everything):
    client = browser("superuser")
    texts = [
        client.get(list_address(ApiKey)),
        client.get(reverse("admin:core_apikey_change", args=[ApiKey.objects.get(key_hash="0" * 64).pk])),
    ]
    assert [text.status_code for text in texts if "0" * 64 in text.content.decode()] == []


def test_a_list_of_five_hundred_needs_no_more_queries_than_one_of_one(browser, handoff):
    client, address = browser("auditor"), list_address(Handoff)
    copies = [
        Handoff(
            handoff_id=f"hof{n}", workspace_id=handoff.workspace_id, from_agent_id="alice", target="{}", visibility=0
        )
        for n in range(500)
    ]
    Handoff.objects.bulk_create(copies)
    with CaptureQueriesContext(connection) as queries:
        client.get(address)
    assert len(queries) <= 12


@pytest.mark.parametrize(
    "name", ["core_agent", "nexus_message", "nexus_messagedelivery", "nexus_event", "nexus_session"]
)
def test_the_other_long_lists_stay_within_twelve_queries(name, browser, everything):
    client = browser("auditor")
    Agent.objects.bulk_create(Agent(agent_id=f"agent-{n}") for n in range(60))
    with CaptureQueriesContext(connection) as queries:
        client.get(reverse(f"admin:{name}_changelist"))
    assert len(queries) <= 12


def test_a_payload_is_shown_indented(browser, handoff):
    page = parse(browser("auditor").get(reverse("admin:nexus_handoff_change", args=[handoff.pk])).content)
    shown = [element.text for element in page.all("pre")]
    assert '{\n  "task": "Review the parser"\n}' in shown


def test_hostile_text_is_shown_as_text(browser, alice, bob, project, call):
    call(
        "message_create",
        alice,
        project_root=project,
        from_agent_id="alice",
        subject="<script>alert(1)</script>",
        body="<img onerror=x>",
        target={"strategy": "direct", "agent_id": "bob"},
    )
    page = parse(browser("auditor").get(reverse("admin:nexus_message_changelist")).content)
    assert page.offences() == []
    assert "<script>alert(1)</script>" in page.text
