"""Two processes order one column, and let cards wait for each other."""

from collections import Counter
from itertools import pairwise

import pytest

from boards.models import Card, CardDependency
from tests.boards.making import make_board, make_card
from tests.specs.card_making import open_spec

pytestmark = pytest.mark.django_db(transaction=True)
PLACES = [1, 2, 1, 3, 1, 2]


@pytest.fixture
def column():
    """Eight cards in one column."""
    spec = open_spec(make_board())
    return [make_card(spec) for _ in range(8)]


def tasks(column, *, careful=True):
    """Each of two movers has cards of its own and takes the same places."""
    board = str(column[0].board_id)
    halves = [[str(card.pk) for card in half] for half in (column[:3], column[3:6])]
    return [{"board": board, "cards": half, "places": PLACES, "careful": careful} for half in halves]


def ranks():
    return Counter(Card.objects.values_list("rank", flat=True))


def test_two_movers_never_take_the_same_place(racers, column):
    moved = racers("tests.races.mover", tasks(column))
    assert moved == [len(PLACES) * 3] * 2
    assert ranks().most_common(1)[0][1] == 1


def test_movers_that_look_first_and_then_move_do(racers, column):
    [_, last] = tasks(column, careful=False)
    racers("tests.races.mover", [{**last, "places": [1]}])
    assert ranks().most_common(1)[0][1] == 3


def test_two_cards_never_come_to_wait_for_each_other(racers, column):
    there = [[str(card.pk), str(other.pk)] for card, other in pairwise(column)]
    back = [[other, card] for card, other in there]
    board = str(column[0].board_id)
    answers = racers("tests.races.depender", [{"board": board, "pairs": pairs} for pairs in (there, back)])
    pairs = list(zip(*answers, strict=True))
    assert all(sorted(pair) == ["DEPENDENCY_CYCLE", "ok"] for pair in pairs)
    assert CardDependency.objects.count() == len(there)
