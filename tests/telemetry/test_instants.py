"""Calendar buckets nest, follow each other without a gap, and are named in the order of the stamps in them."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.instants import LEVELS, Level, name_of, next_start, starts_of

HOURS = st.integers(min_value=0, max_value=24 * 366 * 200)
TEXTS = st.text(alphabet="2026-01T/459:Zx!é", max_size=13)


@given(hour=HOURS)
def test_a_bucket_ends_where_the_next_one_begins(hour: int) -> None:
    for place, level in enumerate(LEVELS):
        start, end = starts_of(hour)[place], next_start(level, hour)
        assert start <= hour < end
        assert (starts_of(end - 1)[place], starts_of(end)[place]) == (start, end)


@given(hour=HOURS)
def test_a_bucket_lies_within_the_wider_one(hour: int) -> None:
    spans = [(start, next_start(level, hour)) for level, start in zip(LEVELS, starts_of(hour), strict=True)]
    assert all(wide[0] <= narrow[0] and narrow[1] <= wide[1] for wide, narrow in pairwise(spans))


@given(left=TEXTS, right=TEXTS)
def test_names_are_ordered_as_the_texts_in_them(left: str, right: str) -> None:
    low, high = sorted((left, right))
    assert all(name_of(level, low) <= name_of(level, high) for level in LEVELS)


@given(left=TEXTS, right=TEXTS)
def test_texts_of_one_bucket_are_of_one_wider_bucket(left: str, right: str) -> None:
    shared = [name_of(level, left) == name_of(level, right) for level in LEVELS]
    assert shared == sorted(shared, reverse=True)


@pytest.mark.parametrize(
    ("day", "name"),
    [("01", "2026-01-00"), ("04", "2026-01-00"), ("05", "2026-01-05"), ("14", "2026-01-10"), ("31", "2026-01-30")],
)
def test_five_days_are_named_by_their_least_last_digit(day: str, name: str) -> None:
    assert name_of(Level.FIVE_DAYS, f"2026-01-{day}T10") == name
