"""Live topics of boards: who follows what, what is told, and what happens when a right is lost."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from boards.models import BoardGrant
from pulse_project.core import auth, db, executor, topics
from pulse_project.core.operations import REGISTRY
from tests.boards.making import make_board, make_card, make_member, make_spec
from tests.live.clients import Socket, handed_out


class Place:
    """A board with a card of a spec, a full member, a stranger, and one who reads no specs."""

    def __init__(self) -> None:
        self.board, self.other = make_board(), make_board("Other")
        self.alice = make_member(self.board, "alice")
        self.mallory = make_member(self.other, "mallory")
        self.bob = make_member(self.board, "bob", overrides=["spec.entity.read"])
        make_member(self.other, "bob")
        self.card = make_card(make_spec(self.board))
        self.board_topic = f"board:{self.board.pk}"
        self.card_topic = f"entity:card:{self.card.pk}"
        self.spec_topic = f"entity:spec:{self.card.spec_id}"

    async def comment(self) -> int:
        return await self._say("okto_pulse_add_comment", card_id=str(self.card.pk), content="x")

    async def ask(self) -> int:
        return await self._say("okto_pulse_ask_spec_question", spec_id=str(self.card.spec_id), question="x")

    async def _say(self, name: str, **given: Any) -> int:
        """Call an operation as alice; answers the number of the newest event."""
        outcome = await executor.call(REGISTRY[name], given, self.alice)
        assert outcome.failure is None
        return await db.in_read(_newest)


def _newest() -> int:
    from pulse_project.core.models import DomainEvent

    return DomainEvent.objects.order_by("-seq").values_list("seq", flat=True)[0]


@pytest.fixture
async def live_hub(transactional_db: None) -> AsyncIterator[Any]:
    from pulse_project.core import hub

    running = hub.hub()
    await running.ready()
    yield running
    await running.stop()


@pytest.fixture
async def place(live_hub: Any) -> Place:
    return await db.in_write(Place)


@pytest.fixture
async def connect(live_hub: Any) -> AsyncIterator[Callable[..., Any]]:
    opened: list[Socket] = []

    async def open_socket(caller: Any) -> Socket:
        opened.append(await Socket(caller).open())
        return opened[-1]

    yield open_socket
    for socket in opened:
        if socket.task is not None and not socket.task.done():
            await socket.leave()


async def test_a_board_tells_what_happened_without_its_text(connect: Callable[..., Any], place: Place) -> None:
    socket = await connect(place.alice)
    confirmed = await socket.follow(place.board_topic)
    await place.comment()
    (event,) = await socket.events(1)
    assert (confirmed["op"], event["type"], event["actor"]["id"]) == ("sub.ok", "comment.added", "alice")
    assert event["ref"] == {"kind": "card", "id": str(place.card.pk)}
    assert event["data"] == {}


async def test_an_object_tells_of_itself_alone(connect: Callable[..., Any], place: Place) -> None:
    socket = await connect(place.alice)
    await socket.follow(place.card_topic)
    await place.ask()
    await place.comment()
    (event,) = await socket.events(1)
    assert event["ref"]["kind"] == "card"


@pytest.mark.parametrize("topic", ["board_topic", "card_topic"])
async def test_a_stranger_is_closed_out(connect: Callable[..., Any], place: Place, topic: str) -> None:
    socket = await connect(place.mallory)
    socket.send({"op": "sub", "topics": [{"name": getattr(place, topic)}]})
    assert await socket.ended() == 4403


async def test_events_of_a_kind_that_one_may_not_read_are_not_told(connect: Callable[..., Any], place: Place) -> None:
    socket = await connect(place.bob)
    await socket.follow(place.board_topic)
    await place.ask()
    await place.comment()
    (event,) = await socket.events(1)
    assert event["type"] == "comment.added"


async def test_nobody_follows_an_object_that_one_may_not_read(connect: Callable[..., Any], place: Place) -> None:
    socket = await connect(place.bob)
    socket.send({"op": "sub", "topics": [{"name": place.spec_topic}]})
    assert await socket.ended() == 4403


async def test_the_log_is_replayed_with_the_same_sight(connect: Callable[..., Any], place: Place) -> None:
    first = await place.comment()
    await place.ask()
    await handed_out(await place.comment())
    socket = await connect(place.bob)
    await socket.follow(place.board_topic, after=f"d{first}")
    (event,) = await socket.events(1)
    assert (event["type"], event["seq"]) == ("comment.added", f"d{first + 2}")


async def test_a_lost_grant_closes_the_connection(connect: Callable[..., Any], place: Place) -> None:
    socket = await connect(place.bob)
    await socket.follow(place.board_topic)
    await db.in_write(lambda: BoardGrant.objects.filter(agent_id=place.bob.agent_pk, board=place.board).delete())
    auth.forget()
    assert await socket.ended() == 4403


async def test_a_flag_that_is_taken_away_silences_a_kind(connect: Callable[..., Any], place: Place) -> None:
    socket = await connect(place.bob)
    await socket.follow(place.board_topic)
    await db.in_write(lambda: BoardGrant.objects.filter(board=place.board).update(overrides=["card.entity.read"]))
    auth.forget()
    await socket.follow(place.board_topic)
    await place.comment()
    await place.ask()
    (event,) = await socket.events(1)
    assert event["ref"]["kind"] == "spec"


def test_ids_are_written_in_one_way_only(db: None) -> None:
    place = Place()
    names = [place.board_topic, place.board_topic.upper(), f"board:{place.board.slug}", f"board:{place.board.pk.hex}"]
    names += [place.card_topic, f"entity:spec:{place.card.pk}", "entity:card:x", "entity:card:"]
    found = [topics.find_topic(name) for name in names]
    allowed = [topic is not None and topic.authorised(place.alice) for topic in found]
    assert allowed == [True, False, False, False, True, False, False, False]
