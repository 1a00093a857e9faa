"""Small writes of one turn of the loop are one packet, in their order, and none is lost at the end of a connection."""

import asyncio
from unittest.mock import MagicMock

from pulse_project.core.gathering import MOST_HELD, Gathering


class Wire:
    """A gathering transport, and the packets that left it."""

    def __init__(self) -> None:
        self.transport = MagicMock()
        self.transport.is_closing.return_value = False
        self.gathering = Gathering(self.transport, asyncio.get_running_loop())

    @property
    def packets(self) -> list[bytes]:
        return [call.args[0] for call in self.transport.write.call_args_list]


async def test_head_and_body_of_an_answer_are_one_packet() -> None:
    wire = Wire()
    wire.gathering.write(b"head ")
    wire.gathering.write(b"body")
    assert wire.packets == []
    await asyncio.sleep(0)
    assert wire.packets == [b"head body"]


async def test_the_head_of_a_stream_does_not_wait_for_its_first_event() -> None:
    wire = Wire()
    wire.gathering.write(b"head")
    await asyncio.sleep(0)
    wire.gathering.write(b"event")
    await asyncio.sleep(0)
    assert wire.packets == [b"head", b"event"]


async def test_a_long_answer_does_not_gather_in_memory() -> None:
    wire = Wire()
    wire.gathering.write(b"head")
    wire.gathering.write(b"x" * MOST_HELD)
    assert wire.packets == [b"head" + b"x" * MOST_HELD]
    await asyncio.sleep(0)
    assert len(wire.packets) == 1


async def test_what_was_written_before_the_close_leaves_before_it() -> None:
    wire = Wire()
    wire.gathering.write(b"last words")
    wire.gathering.close()
    assert [call[0] for call in wire.transport.method_calls if call[0] != "is_closing"] == ["write", "close"]


async def test_a_client_that_left_meanwhile_is_told_nothing() -> None:
    wire = Wire()
    wire.gathering.write(b"too late")
    wire.transport.is_closing.return_value = True
    await asyncio.sleep(0)
    assert wire.packets == []


async def test_everything_else_is_the_transport_s_own() -> None:
    wire = Wire()
    wire.gathering.pause_reading()
    assert wire.transport.pause_reading.called
    assert wire.gathering.get_extra_info is wire.transport.get_extra_info
