"""What readiness finds, and what metrics read."""

import pytest

from pulse_project.core import conf, durability, health, hub, metrics, readiness
from pulse_project.core.errors import Code, Failure
from pulse_project.core.models import Delivery, DomainEvent
from pulse_project.core.readiness import Finding

pytestmark = pytest.mark.django_db


@pytest.fixture
def only(monkeypatch):
    """Run one check alone."""

    def declare(function):
        monkeypatch.setattr(readiness, "_checks", {"one": function})
        return readiness.run_all()

    return declare


def test_a_check_without_finding_says_nothing(only):
    assert only(lambda: None) == []


def test_a_finding_carries_name_severity_and_sentence(only):
    assert only(lambda: Finding("warning", "Look.")) == [{"name": "one", "severity": "warning", "message": "Look."}]


def test_a_refused_check_is_an_error(only):
    def refused():
        raise Failure(Code.DB_ERROR, "The store is busy.")

    assert only(refused) == [{"name": "one", "severity": "error", "message": "The store is busy."}]


def test_a_check_that_meets_the_system_is_an_error(only):
    def broken():
        raise OSError("no disk")

    assert only(broken)[0]["severity"] == "error"


@pytest.mark.parametrize(("severity", "status"), [("error", "not_ready"), ("warning", "ready"), ("info", "ready")])
@pytest.mark.django_db(transaction=True)
async def test_only_errors_make_a_process_not_ready(monkeypatch, severity, status):
    monkeypatch.setattr(readiness, "_checks", {"one": lambda: Finding(severity, "x")})
    assert (await readiness.report())["status"] == status


def test_a_full_disk_is_an_error_that_names_both_numbers(monkeypatch):
    monkeypatch.setattr(conf, "_resolved", conf.Resolved(conf.Settings(home="/", min_free_mib=2**40), {}))
    finding = health._disk()
    assert finding.severity == "error"
    assert str(2**40) in finding.message


def test_a_lagging_hub_is_an_error(monkeypatch):
    stats = hub.HubStats({}, *([0] * 8), lag_seconds=60.0)
    monkeypatch.setattr(hub, "stats", lambda: stats)
    assert "60 s behind" in health._hub().message


def test_stopped_writes_are_an_error(monkeypatch):
    monkeypatch.setattr(durability, "failure", lambda: OSError("EIO"))
    assert "EIO" in health._database().message


def test_dead_letters_are_a_warning_and_a_number():
    event = DomainEvent.objects.create(seq=1, type="x.happened")
    Delivery.objects.create(event=event, subscriber="s", state=Delivery.State.DEAD)
    assert health._dead_letters().severity == "warning"
    assert 'pulse_outbox_deliveries{state="dead"} 1' in metrics.exposition()


def test_the_bus_shows_lanes_and_handoffs():
    lines = metrics.exposition().splitlines()
    assert 'pulse_inbox_deliveries{lane="unread"} 0' in lines
    assert "pulse_open_handoffs 0" in lines
