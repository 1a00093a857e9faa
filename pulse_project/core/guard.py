"""The one door of every route, listener and websocket: nothing behind it checks Host, Origin, key or size again.

It puts into `scope["state"]`: `caller` (a Caller, ANONYMOUS on public paths), `peer` (the address that counts) and
`is_this_machine`. No request touches the store here unless its key or session is new to this process.
"""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from django.db import DatabaseError

from pulse_project.core import (
    areas,
    auth,
    background,
    body,
    browser_sessions,
    conf,
    credentials,
    db,
    presence,
    ratelimit,
)
from pulse_project.core import binding as bound
from pulse_project.core.areas import Area
from pulse_project.core.errors import Failure
from pulse_project.core.hosts import Host, host_of, is_foreign, is_own
from pulse_project.core.http_reply import Message, Receive, Scope, Send
from pulse_project.core.peers import Peer, is_this_machine, peer_of
from pulse_project.core.principals import ANONYMOUS, Caller, Kind
from pulse_project.core.refusals import (
    Refused,
    SentToLogin,
    answer,
    auth_failed,
    bad_host,
    deny_websocket,
    foreign,
    ingest_failed,
    not_found,
    not_json,
    redirect,
)
from pulse_project.core.request_facts import Facts, facts_of
from pulse_project.core.response_headers import DEPRECATION, OF_DATA, OF_PAGES, HeaderSend

App = Callable[[Scope, Receive, Send], Awaitable[None]]
BODY_METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})
LINK_PREFIX = "/login/link/"

# Refusals since the start by reason. `foreign_on_loopback` above zero is the sign of a proxy without --behind-proxy.
refused: Counter[str] = Counter()


@dataclass(slots=True)
class Visit:
    """What the door knows of one request before it asks who comes."""

    scope: Scope
    area: Area
    facts: Facts
    host: Host
    peer: Peer
    is_this_machine: bool
    key: bytes | None
    is_query_key: bool


class Guard:
    """ASGI middleware around the whole application. `start` runs what a new event loop needs beside its requests."""

    def __init__(self, app: App, *, start: Callable[[], None] = background.ensure_started) -> None:
        self.app = app
        self._start = start

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._start()
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        area = areas.area_of(scope["path"])
        query_key = credentials.take_query_key(scope)
        is_wire = area in areas.WIRE
        added = OF_DATA if is_wire else OF_PAGES
        if query_key is not None and area in areas.TAKES_QUERY_KEY:
            added = (*added, DEPRECATION)
        sending = HeaderSend(send, added)
        try:
            visit = inspect(scope, area, query_key)
            receiving = with_body_limit(visit, receive)
            caller = await identify(visit)
            admit(visit, caller)
            if scope["path"] in areas.STREAM_PATHS:
                with ratelimit.streams.hold(scope["state"]["caller"]):
                    await self.app(scope, receiving, sending)
            else:
                await self.app(scope, receiving, sending)
        except SentToLogin as sent:
            await redirect(sent.location, sending)
        except (Refused, Failure) as raised:
            if sending.has_begun:
                raise
            await answer(raised if isinstance(raised, Refused) else Refused(raised), sending)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            query_key = credentials.take_query_key(scope)
            visit = inspect(scope, areas.area_of(scope["path"]), query_key)
            caller = await identify_websocket(visit)
            admit(visit, caller)
            with ratelimit.sockets.hold(scope["state"]["caller"]):
                await self.app(scope, receive, send)
        except (Refused, Failure) as raised:
            await deny_websocket(raised if isinstance(raised, Refused) else Refused(raised), scope, send)


def inspect(scope: Scope, area: Area, query_key: bytes | None) -> Visit:
    """Everything that can be refused without knowing who comes. The key leaves the address in place."""
    settings = conf.current()
    facts = facts_of(scope["headers"])
    host = host_of(facts)
    if host is None or not scope["path"].startswith("/"):
        refused["host"] += 1
        raise bad_host()
    peer = peer_of(scope, facts, settings)
    if peer.address and scope.get("client") and scope["client"][0] != peer.address:
        scope["client"] = (peer.address, 0)
    if is_foreign(facts, host, scope.get("method", "GET")):
        refused["foreign"] += 1
        if peer.is_loopback and b"origin" in facts.values:
            refused["foreign_on_loopback"] += 1
        raise foreign()
    _check_listener(scope, area)
    takes_query = area in areas.TAKES_QUERY_KEY and query_key is not None
    key = query_key if takes_query else credentials.header_key(facts)
    local = is_this_machine(scope, facts, settings, peer, host)
    if facts.values.get(b"origin", b"").startswith(b"https://") and scope["type"] == "http":
        scope["scheme"] = "https"  # the origin is ours, so TLS ends in front of us
    _hide_link(scope)
    return Visit(scope, area, facts, host, peer, local, key, takes_query)


def _check_listener(scope: Scope, area: Area) -> None:
    """The second port has /mcp and health only."""
    mcp_port = bound.current().mcp_port
    server = scope.get("server")
    if mcp_port and server and server[1] == mcp_port and not areas.is_served_beside(scope["path"], area):
        raise not_found()


def _hide_link(scope: Scope) -> None:
    """Take the token of a one-time link out of the path before anything can log it."""
    path: str = scope["path"]
    if path.startswith(LINK_PREFIX):
        token = path[len(LINK_PREFIX) :].strip("/")
        scope.setdefault("state", {})["link_token"] = token
        scope["path"] = LINK_PREFIX + "-/"
        scope["raw_path"] = scope["path"].encode()


async def identify(visit: Visit) -> Caller | None:
    """The caller of a request; None when it shows nothing that identifies it. Refused when it shows a wrong key."""
    if visit.area is Area.OPEN:
        return None
    if visit.scope["path"] in areas.INGEST_PATHS and visit.scope.get("method") in areas.INGEST_METHODS:
        return await _producer(visit)
    if visit.key is not None and not _is_shared_token(visit, visit.key):
        return await _of_key(visit, visit.key)
    if visit.area is Area.MCP:
        return None
    cookie = visit.facts.values.get(b"cookie")
    session_key = browser_sessions.cookie_of(cookie) if cookie else ""
    if session_key:
        caller = await _asked(browser_sessions.find(session_key))
        if caller is not None:
            return caller
    local = auth.local_operator() if visit.is_this_machine else None
    return auth.open_reader() if local is None and visit.area is Area.PRODUCER else local


def _is_shared_token(visit: Visit, key: bytes) -> bool:
    """The producers' shared token on a read: it gives nothing there, and takes nothing away."""
    return visit.area is Area.PRODUCER and auth.shared_producer(key) is not None


async def _producer(visit: Visit) -> Caller:
    """Who sends telemetry: a key, the shared token, or a trusted local program while no shared token is set."""
    if visit.key is not None:
        shared = auth.shared_producer(visit.key)
        try:
            return shared or await _of_key(visit, visit.key)
        except Refused as refused_key:
            raise ingest_failed() from refused_key
    local = auth.local_operator() if visit.is_this_machine else None
    if local is None or local.read_only or conf.current().ingest_token.strip():
        raise ingest_failed()
    return local


async def identify_websocket(visit: Visit) -> Caller | None:
    """A websocket needs a key, or its own page's Origin together with a session or local trust."""
    if visit.key is None and not is_own(visit.facts.get(b"origin"), visit.host):
        raise foreign()
    return await identify(visit)


async def _of_key(visit: Visit, key: bytes) -> Caller:
    text = key.decode("latin-1")
    caller = None
    if auth.is_well_formed(text):
        key_hash = auth.digest(text)
        caller = auth.remembered(key_hash) or await _asked(auth.find(key_hash))
    if caller is not None and caller.kind is Kind.PRODUCER and not _takes_events(visit):
        caller = None
    if caller is None or caller.key_pk is None:
        refused["key"] += 1
        ratelimit.count_failure(visit.peer.bucket)
        raise auth_failed()
    presence.used(caller.key_pk, caller.agent_id)
    return caller


def _takes_events(visit: Visit) -> bool:
    path = visit.scope["path"]
    is_ingest = path in areas.INGEST_PATHS or path in areas.BODY_KEY_PATHS
    return is_ingest and visit.scope.get("method") in areas.INGEST_METHODS


async def _asked(question: Awaitable[Caller | None]) -> Caller | None:
    try:
        return await question
    except DatabaseError as error:
        raise db.failure_of(error) from error


def admit(visit: Visit, caller: Caller | None) -> None:
    """Let a caller in, and a visitor without identity only where a path is public."""
    scope = visit.scope
    if caller is None:
        if not areas.is_public(scope["path"], visit.area):
            if visit.area is Area.PAGE and scope["type"] == "http" and b"text/html" in visit.facts.get(b"accept"):
                raise SentToLogin(scope["path"], scope.get("query_string", b""))
            raise auth_failed()
        caller = ANONYMOUS
    state = scope.setdefault("state", {})
    state["caller"] = caller
    state["peer"] = visit.peer.address
    state["is_this_machine"] = visit.is_this_machine


def with_body_limit(visit: Visit, receive: Receive) -> Receive:
    """Check form and size of a body: by Content-Length now, by counting chunks when the length is not told."""
    facts = visit.facts
    length = facts.values.get(b"content-length")
    is_chunked = b"transfer-encoding" in facts.values
    if visit.scope["method"] in BODY_METHODS:
        _check_form(visit, has_body=is_chunked or length not in {None, b"0"})
    elif length is None and not is_chunked:
        return receive
    limit = areas.body_bytes(visit.scope["path"])
    if length is not None and not is_chunked and length.isdigit() and b"content-length" not in facts.doubled:
        if int(length) > limit:
            raise body.too_large(limit)
        return receive
    return _counting(receive, limit)


def _check_form(visit: Visit, *, has_body: bool) -> None:
    content_type = visit.facts.values.get(b"content-type")
    if visit.area not in areas.JSON_ONLY or not (content_type or has_body):
        return
    media = (content_type or b"").partition(b";")[0].strip().lower()
    is_json = media == b"application/json" or (media.startswith(b"application/") and media.endswith(b"+json"))
    is_form = visit.area in areas.TAKES_FORMS and media == b"multipart/form-data"
    if not (is_json or is_form) or b"content-type" in visit.facts.doubled:
        raise not_json()


def _counting(receive: Receive, limit: int) -> Receive:
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b"")) if message["type"] == "http.request" else 0
        if seen > limit:
            raise body.too_large(limit)
        return message

    return counted
