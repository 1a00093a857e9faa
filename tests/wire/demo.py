"""Operations of the tests: one that reads, one that writes, one that waits, one with the plain envelope."""

import asyncio
from dataclasses import replace
from typing import Any

from pydantic import Field
from typing_extensions import TypedDict

from pulse_project.core.envelopes import OK_DATA, PLAIN
from pulse_project.core.errors import BUS_CODES, Code, Failure
from pulse_project.core.inputs import Input, NoInput
from pulse_project.core.operations import OPERATOR_SURFACES, Catalog, Route
from pulse_project.core.principals import IDENTITY, Caller


class Echo(Input):
    text: str = Field(max_length=1000)
    times: int = Field(1, ge=1, le=9)
    loud: bool = False
    words: list[str] = Field(default_factory=list)


class Echoed(TypedDict):
    text: str
    nothing: str | None


class Named(Input):
    name: str


class Waiting(Input):
    seconds: float = 0.0


def declare() -> dict[str, Catalog]:
    """Register the operations anew and answer their catalogues."""
    demo = Catalog("demo", OK_DATA, BUS_CODES, rest_prefix="/api/v1/demo")
    plain = Catalog("plain", PLAIN, BUS_CODES, prefix="plain_")
    _declare_reads(demo)
    _declare_writes(demo)
    _declare_plain(plain)
    return {"demo": demo, "plain": plain}


def _declare_reads(demo: Catalog) -> None:
    @demo.operation(needs=IDENTITY, untrusted=("text",), rest=("GET echoes/<str:text>", "POST echoes"))
    def demo_echo(caller: Caller, data: Echo) -> Echoed:
        """Answer a text as often as asked."""
        return {"text": (data.text.upper() if data.loud else data.text) * data.times, "nothing": None}

    @demo.operation(needs=IDENTITY)
    def demo_whoami(caller: Caller, data: NoInput) -> dict[str, Any]:
        """Answer who calls, and how."""
        return {"name": caller.name, "transport": caller.transport, "read_only": caller.read_only}

    operators = replace(demo, surfaces=OPERATOR_SURFACES, toolset="operator")

    @operators.operation(needs="operator.bus", rest="GET secrets/<path:name>")
    def demo_operator(caller: Caller, data: Named) -> dict[str, str]:
        """Answer what only operators read."""
        return {"name": data.name}

    @demo.operation(needs=IDENTITY, long=True)
    async def demo_wait(caller: Caller, data: Waiting) -> dict[str, float]:
        """Wait that long."""
        await asyncio.sleep(data.seconds)
        return {"waited": data.seconds}


def _declare_writes(demo: Catalog) -> None:
    @demo.operation(
        needs="messages.send_direct", writes=True, destructive=True,
        rest=("POST things/<path:name>/archive", Route("DELETE things/<path:name>", status=202)),
    )  # fmt: skip
    def demo_write(caller: Caller, data: Named) -> dict[str, str]:
        """Pretend to write.

        Errors: INVALID_TRANSITION, DB_ERROR.
        """
        if data.name == "busy":
            raise Failure(Code.DB_ERROR, "The store is busy.", retryable=True, retry_after_seconds=3)
        if data.name == "wrong":
            raise Failure(Code.INVALID_TRANSITION, "Not from there.")
        return {"written": data.name}


def _declare_plain(plain: Catalog) -> None:
    @plain.operation(needs=IDENTITY, rest=Route("GET plain/<str:text>/text", view=lambda result: str(result["text"])))
    def echo(caller: Caller, data: Echo) -> Echoed:
        """Answer a text without an envelope."""
        if data.text == "boom":
            raise ZeroDivisionError("a secret of the program")
        return {"text": data.text, "nothing": None}
