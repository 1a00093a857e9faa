"""The grammar of targets."""

from typing import Any

import pytest

from nexus import targets
from nexus.targets import Strategy
from pulse_project.core.errors import Code, Failure

DIRECT = {"strategy": "direct", "agent_id": "bob"}


@pytest.mark.parametrize(
    ("given", "strategy"),
    [
        (DIRECT, Strategy.DIRECT),
        ({"kind": "direct", "agent_id": "bob"}, Strategy.DIRECT),
        (
            {"strategy": " Direct-With Fallback ", "agent_id": "b", "fallback_after_seconds": 0},
            Strategy.DIRECT_WITH_FALLBACK,
        ),
        ({"strategy": "CAPABILITY", "capability": "ocr"}, Strategy.CAPABILITY),
        ({"strategy": "capability", "capability": ["ocr", "py"], "preferred": "x"}, Strategy.CAPABILITY),
        ({"strategy": "role", "role": "reviewer"}, Strategy.ROLE),
        ({"strategy": "broadcast"}, Strategy.BROADCAST),
        ({"strategy": "mixed", "rules": [DIRECT]}, Strategy.MIXED),
        ('{"strategy": "direct", "agent_id": "bob"}', Strategy.DIRECT),
        (None, Strategy.BROADCAST),
        ({}, Strategy.BROADCAST),
        ("  ", Strategy.BROADCAST),
    ],
)
def test_a_well_formed_target_is_parsed(given: Any, strategy: Strategy) -> None:
    assert targets.parse(given).strategy is strategy


@pytest.mark.parametrize(
    "given",
    [
        5,
        True,
        [],
        [DIRECT],
        "bob",
        "[1]",
        "{broken",
        {"agent_id": "bob"},
        {"strategy": None},
        {"strategy": 5},
        {"strategy": "nobody"},
        {"strategy": "direct"},
        {"strategy": "direct", "agent_id": ""},
        {"strategy": "direct", "agent_id": "  "},
        {"strategy": "direct", "agent_id": 5},
        {"strategy": "direct", "agent_id": "a\x00b"},
        {"strategy": "role", "role": None},
        {"strategy": "role", "role": ["a"]},
        {"strategy": "capability", "capability": []},
        {"strategy": "capability", "capability": ["ocr", ""]},
        {"strategy": "capability", "capability": {"ocr": True}},
        {"strategy": "mixed"},
        {"strategy": "mixed", "rules": []},
        {"strategy": "mixed", "rules": [None]},
        {"strategy": "mixed", "rules": [DIRECT, {}]},
        {"strategy": "mixed", "rules": [{"strategy": "broadcast"}]},
        {"strategy": "mixed", "rules": [{"strategy": "mixed", "rules": [{"strategy": "broadcast"}]}]},
        {"strategy": "direct_with_fallback", "agent_id": "bob"},
        {"strategy": "direct_with_fallback", "agent_id": "bob", "fallback_after_seconds": True},
        {"strategy": "direct_with_fallback", "agent_id": "bob", "fallback_after_seconds": -1},
        {"strategy": "direct_with_fallback", "agent_id": "bob", "fallback_after_seconds": float("nan")},
        {"strategy": "direct_with_fallback", "agent_id": "bob", "fallback_after_seconds": "5"},
        {
            "strategy": "direct_with_fallback",
            "agent_id": "bob",
            "fallback_after_seconds": 1,
            "fallback": {"strategy": "x"},
        },
    ],
)
def test_a_malformed_target_is_refused(given: Any) -> None:
    with pytest.raises(Failure) as caught:
        targets.parse(given)
    assert caught.value.code is Code.VALIDATION_ERROR
    assert caught.value.details["field"] == "target"


def test_nesting_is_bounded() -> None:
    nested: dict[str, Any] = DIRECT
    for _ in range(targets.MAX_DEPTH + 1):
        nested = {"strategy": "mixed", "rules": [nested]}
    with pytest.raises(Failure, match="nested"):
        targets.parse(nested)


def test_a_fallback_is_a_broadcast_when_it_is_left_out() -> None:
    target = targets.parse({"strategy": "direct_with_fallback", "agent_id": "bob", "fallback_after_seconds": 1.5})
    assert target.fallback is targets.BROADCAST
    assert target.fallback_after_us == 1_500_000


def test_a_mixed_target_of_agents_names_agents_only() -> None:
    assert targets.parse({"strategy": "mixed", "rules": [DIRECT, DIRECT]}).names_agents_only
    assert not targets.parse(
        {"strategy": "mixed", "rules": [DIRECT, {"strategy": "role", "role": "x"}]}
    ).names_agents_only
