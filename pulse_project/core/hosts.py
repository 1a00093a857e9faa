"""Which names Pulse answers to, and which pages may speak to it."""

import ipaddress
import re
import socket
from dataclasses import dataclass
from functools import lru_cache

from pulse_project.core import binding, conf
from pulse_project.core.request_facts import Facts

_AUTHORITY = re.compile(r"(?:\[(?P<v6>[0-9a-f:.]+)\]|(?P<name>[a-z0-9._-]+))(?::(?P<port>\d{1,5}))?\Z")
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_SENT_ONCE = frozenset({b"origin", b"sec-fetch-site", b"sec-fetch-mode", b"referer"})


@dataclass(frozen=True, slots=True)
class Host:
    """A Host header that is accepted: its text in lower case and whether it names this machine's loopback."""

    text: str
    is_loopback: bool


def host_of(facts: Facts) -> Host | None:
    """The accepted Host of a request; None when it is missing, sent twice, malformed or not ours."""
    header = facts.values.get(b"host")
    if header is None or b"host" in facts.doubled or len(header) > 300:
        return None
    return _accepted(header, conf.current().allowed_hosts, binding.current())


@lru_cache(maxsize=512)
def _accepted(header: bytes, allowed_hosts: str, bound: binding.Binding) -> Host | None:
    text = header.decode("latin-1").lower()
    found = _AUTHORITY.match(text)
    if found is None or int(found["port"] or 0) > 65535:
        return None
    address = _address(found["v6"] or found["name"])
    if address is not None:
        return None if address.is_unspecified else Host(text, address.is_loopback)
    name = found["name"]
    if name is None:
        return None
    is_loopback = name == "localhost" or name.endswith(".localhost")
    return Host(text, is_loopback) if is_loopback or _is_allowed(name, allowed_hosts, bound) else None


def _address(text: str | None) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text or "")
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _is_allowed(name: str, allowed_hosts: str, bound: binding.Binding) -> bool:
    """Names beside IP literals and localhost: the bound name, beyond loopback the machine's own, what is listed."""
    listed = {item.strip().lower() for item in allowed_hosts.split(",") if item.strip()}
    listed.update(host.lower() for host in bound.hosts)
    if bound.hosts and not bound.is_loopback:
        listed.update({socket.gethostname().lower(), socket.getfqdn().lower()})
    return "*" in listed or name in listed or any(name.endswith(item) for item in listed if item.startswith("."))


def is_foreign(facts: Facts, host: Host, method: str) -> bool:
    """Whether another site's page makes this request. Programs send none of the three headers and are no pages."""
    if not _SENT_ONCE.isdisjoint(facts.doubled):
        return True
    site = facts.values.get(b"sec-fetch-site")
    if site is not None:
        if site == b"none":
            return method not in _SAFE or facts.values.get(b"sec-fetch-mode", b"navigate") != b"navigate"
        return site != b"same-origin"
    origin = facts.values.get(b"origin")
    if origin is not None:
        return not is_own(origin, host)
    referer = facts.values.get(b"referer")
    return referer is not None and method not in _SAFE and not is_own(referer, host)


def is_own(origin: bytes, host: Host) -> bool:
    """Whether an Origin (or a Referer) has the host and port of the request; `null` has none."""
    scheme, separator, rest = origin.decode("latin-1").lower().partition("://")
    return bool(separator) and scheme in {"http", "https"} and rest.split("/", 1)[0] == host.text
