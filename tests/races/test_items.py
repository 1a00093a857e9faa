"""Two processes write items into one spec."""

import pytest

from specs.models import Rule
from tests.boards.making import make_board, make_spec

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 12


def authors(racers, *, careful):
    """How many rules two processes could add."""
    spec = make_spec(make_board())
    return sum(racers("tests.races.author", [{"spec": str(spec.pk), "rounds": ROUNDS, "careful": careful}] * 2))


def test_two_authors_never_give_a_number_twice(racers):
    assert authors(racers, careful=True) == 2 * ROUNDS
    rules = Rule.objects.order_by("number")
    assert list(rules.values_list("number", flat=True)) == list(range(1, 2 * ROUNDS + 1))
    assert len(set(rules.values_list("position", flat=True))) == 2 * ROUNDS


def test_authors_that_read_first_and_write_then_would(racers):
    assert authors(racers, careful=False) < 2 * ROUNDS
