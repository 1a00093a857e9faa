"""What every ingest route does alike: run its work, and turn each refusal into the answer of its protocol."""

from collections.abc import Awaitable, Callable, Sequence

from django.db import DatabaseError

from pulse_project.core import db
from pulse_project.core.errors import Code, Failure
from pulse_project.core.http_reply import Disconnected, Header, Receive, Scope, Send, retry_after
from telemetry.endpoints import bodies
from telemetry.endpoints.bodies import UnsupportedCoding
from telemetry.store import Stored

Work = Callable[[Scope, Receive, Send], Awaitable[None]]
Refuse = Callable[[Send, Failure, int, Sequence[Header]], Awaitable[None]]


class UnsupportedMedia(Failure):
    """A media type that the route does not read: 415."""

    def __init__(self, sentence: str) -> None:
        super().__init__(Code.VALIDATION_ERROR, sentence, field="content-type")


async def answered(work: Work, refuse: Refuse, scope: Scope, receive: Receive, send: Send) -> None:
    """Run `work`; `refuse` gives the failure, its status and its headers the shape of the protocol.

    Bad input is 400, as every ingest protocol has it, too much is 413, a form that is not read is 415.
    """
    try:
        await work(scope, receive, send)
    except Disconnected:
        return
    except UnsupportedCoding as failure:
        await refuse(send, failure, 415, (bodies.ACCEPTED,))
    except UnsupportedMedia as failure:
        await refuse(send, failure, 415, ())
    except Failure as failure:
        await _refuse(refuse, send, failure)
    except DatabaseError as error:
        await _refuse(refuse, send, db.failure_of(error))


async def _refuse(refuse: Refuse, send: Send, failure: Failure) -> None:
    status = 400 if failure.code is Code.VALIDATION_ERROR else failure.code.http_status
    await refuse(send, failure, status, retry_after(failure))


def only_post(work: Work, refuse: Refuse) -> Work:
    """`work` for POST; every other method is told so."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST":
            failure = Failure(Code.VALIDATION_ERROR, "Events are sent here with POST.")
            await refuse(send, failure, 405, ((b"allow", b"POST"),))
            return
        await answered(work, refuse, scope, receive, send)

    return application


def accepted(stored: Stored) -> bytes:
    """The published answer to one stored event."""
    duplicate = b"true" if stored.is_duplicate else b"false"
    return b'{"stored":true,"event_id":"%b","deduplicated":%b}' % (stored.event_id.hex().encode(), duplicate)
