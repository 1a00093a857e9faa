"""Where a request comes from: the address that counts, and whether it is this machine without anything in between."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pulse_project.core import binding
from pulse_project.core.conf import ConfigError, Settings
from pulse_project.core.hosts import Host
from pulse_project.core.request_facts import Facts

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Peer:
    """An address, and the name of the bucket that its failed logins share (an IPv6 network of 64 bits is one peer)."""

    address: str
    bucket: str
    is_loopback: bool


UNKNOWN = Peer("", "unknown", is_loopback=False)


@lru_cache(maxsize=4096)
def peer_at(address: str) -> Peer:
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return UNKNOWN
    plain = getattr(parsed, "ipv4_mapped", None) or parsed
    bucket = str(plain) if plain.version == 4 else str(ipaddress.ip_network((plain, 64), strict=False))
    return Peer(str(plain), bucket, plain.is_loopback)


@lru_cache(maxsize=16)
def trusted_networks(text: str) -> tuple[Network, ...]:
    """The networks of the setting `trusted_proxies`; ConfigError for anything else."""
    try:
        return tuple(ipaddress.ip_network(item.strip(), strict=False) for item in text.split(",") if item.strip())
    except ValueError as error:
        raise ConfigError(f"trusted_proxies takes a comma-separated list of networks: {error}.") from error


def peer_of(scope: Mapping[str, Any], facts: Facts, settings: Settings) -> Peer:
    """The address of the connection, or behind trusted proxies the right-most hop that is none of them."""
    client = scope.get("client")
    peer = peer_at(client[0]) if client else UNKNOWN
    if not settings.trusted_proxies or not facts.forwarded_for:
        return peer
    networks = trusted_networks(settings.trusted_proxies)
    if not _is_trusted(peer, networks):
        return peer
    for hop in reversed(facts.forwarded_for.decode("latin-1").split(",")):
        peer = peer_at(hop.strip())
        if not _is_trusted(peer, networks):
            break
    return peer


def _is_trusted(peer: Peer, networks: tuple[Network, ...]) -> bool:
    if not peer.address:
        return False
    address = ipaddress.ip_address(peer.address)
    return any(address in network for network in networks)


def is_this_machine(scope: Mapping[str, Any], facts: Facts, settings: Settings, peer: Peer, host: Host) -> bool:
    """Whether bind, connection and Host are all loopback and no proxy shows itself."""
    return (
        peer.is_loopback
        and host.is_loopback
        and not facts.is_forwarded
        and scope.get("http_version") != "1.0"
        and not settings.behind_proxy
        and binding.current().is_loopback
    )
