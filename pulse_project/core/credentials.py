"""The key that a request presents: `?api_key=`, `X-API-Key`, `Authorization: Bearer`, in that order."""

from collections.abc import MutableMapping
from typing import Any
from urllib.parse import unquote_to_bytes

from pulse_project.core.request_facts import Facts

PARAMETER = b"api_key"
_OTHER_SCHEMES = frozenset({b"basic", b"digest", b"negotiate", b"ntlm"})  # a proxy's own login, none of ours


def take_query_key(scope: MutableMapping[str, Any]) -> bytes | None:
    """Remove every `api_key` from the scope's query string, in place, and answer the first value."""
    query: bytes = scope.get("query_string", b"")
    if not query or (PARAMETER not in query.lower() and b"%" not in query):
        return None
    kept, taken = [], []
    for part in query.split(b"&"):
        name, _, value = part.partition(b"=")
        if unquote_to_bytes(name).strip().lower() == PARAMETER:
            taken.append(unquote_to_bytes(value.replace(b"+", b" ")))
        else:
            kept.append(part)
    if not taken:
        return None
    scope["query_string"] = b"&".join(kept)
    return taken[0] if len(set(taken)) == 1 else b""


def header_key(facts: Facts) -> bytes | None:
    """The key of the headers, None when none is presented; b"" when one is presented that can be no key."""
    if b"x-api-key" in facts.doubled or b"authorization" in facts.doubled:
        return b""
    key = facts.values.get(b"x-api-key")
    if key is not None:
        return key.strip()
    header = facts.values.get(b"authorization")
    if header is None:
        return None
    scheme, _, value = header.strip().partition(b" ")
    lowered = scheme.lower()
    if lowered == b"bearer":
        return value.strip()
    return None if lowered in _OTHER_SCHEMES else b""
