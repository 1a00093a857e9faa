"""Eligibility, visibility, and that the audience index says the same."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus import audience, targets
from nexus.models import Visibility
from nexus.routing import Reader, can_see, capability_names, is_eligible

CREATED = 1_000_000_000
BOB = Reader("bob", "reviewer", frozenset({"py"}))
NOBODY = Reader("nobody")
POOL = {
    "strategy": "direct_with_fallback",
    "agent_id": "alice",
    "fallback_after_seconds": 60,
    "fallback": {"strategy": "role", "role": "reviewer"},
}


@pytest.mark.parametrize(
    ("target", "after_seconds", "expected"),
    [
        ({"strategy": "direct", "agent_id": "bob"}, 0, True),
        ({"strategy": "direct", "agent_id": "Bob"}, 0, False),
        ({"strategy": "capability", "capability": "py"}, 0, True),
        ({"strategy": "capability", "capability": "PY"}, 0, False),
        ({"strategy": "capability", "capability": ["ocr", "py"]}, 0, True),
        ({"strategy": "role", "role": "reviewer"}, 0, True),
        ({"strategy": "role", "role": "Reviewer"}, 0, False),
        ({"strategy": "broadcast"}, 0, True),
        (None, 0, True),
        (
            {
                "strategy": "mixed",
                "rules": [{"strategy": "role", "role": "x"}, {"strategy": "direct", "agent_id": "bob"}],
            },
            0,
            True,
        ),
        ({"strategy": "mixed", "rules": [{"strategy": "role", "role": "x"}]}, 0, False),
        (POOL, 59.999999, False),
        (POOL, 60, True),
        (POOL, 61, True),
    ],
)
def test_eligibility_follows_the_target_exactly(target: Any, after_seconds: float, expected: bool) -> None:
    now_us = CREATED + int(after_seconds * 1_000_000)
    assert is_eligible(targets.parse(target), BOB, created_us=CREATED, now_us=now_us) is expected


@pytest.mark.parametrize(
    ("visibility", "reader", "expected"),
    [
        (Visibility.PUBLIC, NOBODY, True),
        (Visibility.ELIGIBLE, BOB, True),
        (Visibility.ELIGIBLE, NOBODY, False),
        (Visibility.ELIGIBLE, Reader("sender"), True),
        (Visibility.PRIVATE, BOB, True),
        (Visibility.PRIVATE, NOBODY, False),
        (Visibility.PRIVATE, Reader("sender"), True),
    ],
)
def test_visibility_never_excludes_the_sender_nor_widens(
    visibility: Visibility, reader: Reader, expected: bool
) -> None:
    target = targets.parse({"strategy": "role", "role": "reviewer"})
    seen = can_see(
        visibility=visibility, target=target, reader=reader, actor="sender", created_us=CREATED, now_us=CREATED
    )
    assert seen is expected


@pytest.mark.parametrize(
    ("stored", "names"),
    [
        (None, set()),
        ("py", {"py"}),
        (["py", "", "ocr", "py"], {"py", "ocr"}),
        ({"py": True, "ocr": 0, " ": True, "go": "yes"}, {"py", "go"}),
        (5, set()),
    ],
)
def test_advertised_capabilities_are_the_truthy_names(stored: Any, names: set[str]) -> None:
    assert capability_names(stored) == names


_NAMES = st.sampled_from(["alice", "bob", "carol", "py", "x" * 200])
_LEAVES = st.one_of(
    st.builds(lambda name: {"strategy": "direct", "agent_id": name}, _NAMES),
    st.builds(lambda names: {"strategy": "capability", "capability": names}, st.lists(_NAMES, min_size=1, max_size=3)),
    st.builds(lambda name: {"strategy": "role", "role": name}, _NAMES),
)
_TARGETS = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.builds(lambda rules: {"strategy": "mixed", "rules": rules}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(
            lambda name, delay, fallback: {
                "strategy": "direct_with_fallback", "agent_id": name,
                "fallback_after_seconds": delay, "fallback": fallback,
            },
            _NAMES, st.integers(0, 100), st.one_of(st.none(), inner),
        ),
    ),
    max_leaves=6,
)  # fmt: skip
_READERS = st.builds(Reader, _NAMES, st.one_of(st.none(), _NAMES), st.frozensets(_NAMES, max_size=3))


@given(target=_TARGETS, reader=_READERS, seconds=st.integers(0, 250))
def test_the_audience_index_admits_exactly_the_eligible(target: Any, reader: Reader, seconds: int) -> None:
    parsed = targets.parse(target)
    now_us = CREATED + seconds * 1_000_000
    keys = audience.target_keys(parsed, created_us=CREATED)
    stored = audience.decode(audience.encode(keys))
    expected = is_eligible(parsed, reader, created_us=CREATED, now_us=now_us)
    assert audience.admits(stored, audience.reader_keys(reader), now_us=now_us) is expected
