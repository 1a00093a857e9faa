"""`/api/v1/mockups/<entity_id>/<screen_id>/frame`: a mockup as the document of a sandboxed frame."""

from typing import Final

from boards.content import safe_html
from pulse_project.core import calling, dispatch
from pulse_project.core.envelopes import PLAIN
from pulse_project.core.errors import Code, Failure
from pulse_project.core.http_reply import Header, Receive, Scope, Send, reply
from pulse_project.core.operations import REST
from pulse_project.core.principals import ANONYMOUS, Caller

PREFIX: Final = "/api/v1/mockups/"
READ: Final = "okto_pulse_get_screen_mockup"
HTML: Final = b"text/html; charset=utf-8"
# The document runs nothing, loads nothing, sends nothing and belongs to no origin; only our own pages may frame it.
POLICY: Final = (
    b"sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; connect-src 'none'; form-action 'none'; "
    b"base-uri 'none'; frame-ancestors 'self'"
)
HEADERS: Final[tuple[Header, ...]] = (
    (b"content-security-policy", POLICY),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
)


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Raw ASGI. Who may list the mockups of an object may see their frames."""
    caller: Caller = (scope["state"].get("caller") or ANONYMOUS).via("rest")
    try:
        document = await _document(scope, caller)
    except Failure as failure:
        answer = calling.refusal(failure, PLAIN)
        await reply(send, answer.status, answer.content, headers=answer.headers)
    else:
        await reply(send, 200, document, headers=HEADERS, content_type=HTML)


async def _document(scope: Scope, caller: Caller) -> bytes:
    """Errors: those of the operation; NOT_FOUND for any other address."""
    parts = scope["path"].removeprefix(PREFIX).split("/")
    if scope["method"] not in {"GET", "HEAD"} or len(parts) != 3 or parts[2] != "frame":
        raise Failure(Code.NOT_FOUND, "No such address. /api/docs lists them.")
    operation = calling.offered(READ, REST, caller)
    given = {"entity_id": parts[0], "screen_id": parts[1]}
    calling.refuse_nul({}, given)
    outcome = await dispatch.call(operation, given, caller)
    if outcome.failure is not None:
        raise outcome.failure
    return document_of(outcome.result["html_content"])


def document_of(html: str) -> bytes:
    """A whole document around a mockup, which is cleaned again: rows may be older than today's rules."""
    return f'<!doctype html><meta charset="utf-8"><title>Mockup</title><body>{safe_html(html)}'.encode()
