"""Filters of event reads: what is accepted and what passes."""

import pytest

from nexus.event_filters import Filters, parse


@pytest.mark.parametrize("value", [None, {}, "{}", {"type": None}])
def test_nothing_wanted_lets_everything_pass(value):
    filters = parse(value)
    assert not filters
    assert filters.admit(type="a", actor=None, task_id=None, handoff_id=None)


@pytest.mark.parametrize("value", [{"type": "a.b", "agent_id": "x"}, '{"type": "a.b", "agent_id": "x"}'])
def test_filters_come_as_an_object_or_as_its_text(value):
    assert parse(value) == Filters(type="a.b", agent_id="x")


@pytest.mark.parametrize("value", [1, True, [], "[]", "x", "null", {"other": "x"}, {"type": 1}, "{" * 5000])
def test_anything_else_is_refused(value):
    with pytest.raises(ValueError, match="filter"):
        parse(value)


@pytest.mark.parametrize(
    "differing",
    [{"type": "other"}, {"agent_id": "y"}, {"task_id": "t2"}, {"handoff_id": "h2"}, {"task_id": "t1", "type": "z"}],
)
def test_every_filter_must_agree(differing):
    filters = parse({"type": "a", "agent_id": "x", "task_id": "t1", "handoff_id": "h1"} | differing)
    assert not filters.admit(type="a", actor="x", task_id="t1", handoff_id="h1")


def test_agreeing_filters_let_an_event_pass():
    filters = parse({"type": "a", "agent_id": "x", "task_id": "t1", "handoff_id": "h1"})
    assert filters.admit(type="a", actor="x", task_id="t1", handoff_id="h1")
