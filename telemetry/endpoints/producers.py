"""Who sends a request, and how its records are labelled: by its token, its address, a header, or not at all."""

import base64
import binascii
from urllib.parse import parse_qs

from pulse_project.core.http_reply import Scope, header
from pulse_project.core.principals import ANONYMOUS, Caller
from telemetry import admission
from telemetry.admission import Producer


async def known(scope: Scope) -> Producer:
    """The producer whom the door let in."""
    return await _of(scope, caller_of(scope))


async def with_key(scope: Scope, key: str) -> Producer:
    """The producer of a route that the door leaves open, by the key in its body. Errors: AUTH_FAILED and others."""
    return await _of(scope, await admission.caller_with_key(caller_of(scope), key, scope["state"].get("peer", "")))


def caller_of(scope: Scope) -> Caller:
    caller: Caller = scope["state"].get("caller") or ANONYMOUS
    return caller


async def _of(scope: Scope, caller: Caller) -> Producer:
    query = scope.get("query_string", b"")
    named = parse_qs(query.decode("latin-1")).get("source", [""])[-1] if b"source=" in query else ""
    return await admission.producer_of(caller, query_source=named, header_source=header(scope, b"x-pulse-source"))


def basic_user(scope: Scope) -> str:
    """The user name of `Authorization: Basic`, empty when there is none or nobody can read it."""
    scheme, _, encoded = header(scope, b"authorization").strip().partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(encoded.strip(), validate=True).decode("utf-8").partition(":")[0]
    except (binascii.Error, UnicodeError, ValueError):
        return ""
