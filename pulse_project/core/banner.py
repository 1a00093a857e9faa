"""What a starting server tells the person at the terminal. Everything goes to stderr."""

import asyncio
import os
import pwd
import sys
from pathlib import Path

from pulse_project.core.binding import Binding
from pulse_project.core.conf import Settings
from pulse_project.core.version import version

NO_LOGIN = {"nologin", "false", "sync", "halt", "shutdown"}
FIRST_PERSON_UID = 1000
NOBODY = 65_534
ART = r"""
    ____        __
   / __ \__  __/ /_______
  / /_/ / / / / / ___/ _ \
 / ____/ /_/ / (__  )  __/
/_/    \__,_/_/____/\___/
"""


def say(text: str) -> None:
    sys.stderr.write(f"[pulse] {text}\n")
    sys.stderr.flush()


def address(binding: Binding, port: int = 0) -> str:
    """The address that a person opens: never `localhost`, so that cookies stay apart from other local servers."""
    if binding.uds:
        return f"unix:{binding.uds}"
    host = binding.hosts[0] if binding.hosts else "127.0.0.1"
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - shown, not bound
    return f"http://{f'[{host}]' if ':' in host else host}:{port or binding.port}"


def announce(settings: Settings, binding: Binding) -> None:
    """The four published lines, after the server has answered."""
    base = address(binding)
    mcp = address(binding, binding.mcp_port) if binding.mcp_port else base
    if not settings.no_banner:
        sys.stderr.write(f"{ART}                 {version()}\n\n")
    say(f"MCP Server answers on {mcp}/mcp")
    say(f"API Server answers on {base}/api/v1")
    say(f"Dashboard answers on {base}")
    say("Startup complete - Pulse is ready")


def notes(settings: Settings, binding: Binding) -> list[str]:
    """What the operator should know about who can reach this server."""
    lines = []
    if binding.is_loopback and not settings.behind_proxy:
        lines.append(
            f"Loopback trust: {effective_trust(settings)}. Behind a proxy, tunnel or port forwarding start with "
            "--behind-proxy (or --uds PATH): such a caller looks local."
        )
        others = other_people()
        if others and effective_trust(settings) != "off":
            lines.append(
                f"{len(others)} other login user(s) of this machine can reach this port without a key. "
                "Start with --uds PATH or set loopback_trust=off to keep them out."
            )
    if settings.durability == "relaxed":
        lines.append("durability=relaxed: a power loss may cost the last second of acknowledged writes.")
    return lines


def effective_trust(settings: Settings) -> str:
    """What a local caller without key may do: strict trust mode leaves reading at most."""
    if settings.behind_proxy or settings.uds:
        return "off"
    if settings.trust_mode == "strict" and settings.loopback_trust == "full":
        return "read"
    return settings.loopback_trust


def other_people() -> list[str]:
    """Login users of this machine other than the one who runs Pulse and root, who reads everything anyway."""
    own = os.getuid()
    return sorted(
        entry.pw_name
        for entry in pwd.getpwall()
        if FIRST_PERSON_UID <= entry.pw_uid != own
        and entry.pw_uid != NOBODY
        and Path(entry.pw_shell).name not in NO_LOGIN
    )


async def answers(binding: Binding) -> bool:
    """Whether the bound socket accepts, is alive, and MCP refuses a caller without key as it must."""
    alive = await _status(binding, binding.port, "GET", "/livez")
    mcp = await _status(binding, binding.mcp_port or binding.port, "POST", "/mcp")
    return alive == 200 and mcp == 401


async def _status(binding: Binding, port: int, method: str, path: str) -> int:
    if binding.uds:
        reader, writer = await asyncio.open_unix_connection(binding.uds)
    else:
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(binding.hosts[0], binding.hosts[0])  # noqa: S104 - connected to
        reader, writer = await asyncio.open_connection(host, port)
    try:
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
        writer.write(f"{head}Connection: close\r\n\r\n{{}}".encode())
        await writer.drain()
        line = await reader.readline()
        return int(line.split(b" ")[1]) if line.startswith(b"HTTP/") else 0
    finally:
        writer.close()
