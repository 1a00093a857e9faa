"""How each agent client connects to this server: one table, rendered with the address that the reader uses."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

KEY_VARIABLE = "PULSE_API_KEY"
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "curl", "version": "1"}},
}


@dataclass(frozen=True)
class Client:
    """One client: where its configuration lies, in which format, and its text for the address of `/mcp`."""

    slug: str
    name: str
    place: str
    format: str  # json | toml | shell
    render: Callable[[str], str]


@dataclass(frozen=True)
class Snippet:
    """A rendered client."""

    slug: str
    name: str
    place: str
    format: str
    text: str


def _servers(server: dict[str, Any], root: str = "mcpServers", **others: Any) -> str:
    return json.dumps({**others, root: {"pulse": server}}, indent=2)


def _bearer(value: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {value}"}


def _claude_code(url: str) -> str:
    return f'claude mcp add --transport http pulse {url} --header "Authorization: Bearer ${KEY_VARIABLE}"'


def _claude_desktop(url: str) -> str:
    arguments = ["-y", "mcp-remote", url, "--header", "Authorization:${AUTH}"]
    return _servers({"command": "npx", "args": arguments, "env": {"AUTH": "Bearer YOUR_KEY"}})


def _vs_code(url: str) -> str:
    prompt = {"type": "promptString", "id": "pulse-key", "description": "Pulse key", "password": True}
    return _servers(
        {"type": "http", "url": url, "headers": _bearer("${input:pulse-key}")}, root="servers", inputs=[prompt]
    )


def _codex(url: str) -> str:
    return f'[mcp_servers.pulse]\nurl = "{url}"\nbearer_token_env_var = "{KEY_VARIABLE}"'


def _curl(url: str) -> str:
    return (
        f"curl -s {url} \\\n"
        f'  -H "Authorization: Bearer ${KEY_VARIABLE}" \\\n'
        '  -H "Content-Type: application/json" \\\n'
        '  -H "Accept: application/json, text/event-stream" \\\n'
        f"  -d '{json.dumps(INITIALIZE)}'"
    )


CLIENTS = (
    Client("claude-code", "Claude Code", "a terminal in your project", "shell", _claude_code),
    Client(
        "claude-code-project",
        "Claude Code, project",
        ".mcp.json",
        "json",
        lambda url: _servers({"type": "http", "url": url, "headers": _bearer(f"${{{KEY_VARIABLE}}}")}),
    ),
    Client("claude-desktop", "Claude Desktop", "claude_desktop_config.json", "json", _claude_desktop),
    Client(
        "cursor",
        "Cursor",
        ".cursor/mcp.json or ~/.cursor/mcp.json",
        "json",
        lambda url: _servers({"url": url, "headers": _bearer(f"${{env:{KEY_VARIABLE}}}")}),
    ),
    Client("vs-code", "VS Code", ".vscode/mcp.json", "json", _vs_code),
    Client(
        "windsurf",
        "Windsurf",
        "~/.codeium/windsurf/mcp_config.json",
        "json",
        lambda url: _servers({"serverUrl": url, "headers": _bearer(f"${{env:{KEY_VARIABLE}}}")}),
    ),
    Client("codex", "Codex CLI", "~/.codex/config.toml", "toml", _codex),
    Client(
        "gemini",
        "Gemini CLI",
        "~/.gemini/settings.json",
        "json",
        lambda url: _servers({"httpUrl": url, "headers": _bearer(f"${KEY_VARIABLE}")}),
    ),
    Client(
        "cline",
        "Cline",
        "cline_mcp_settings.json",
        "json",
        lambda url: _servers({"type": "streamableHttp", "url": url, "headers": _bearer("YOUR_KEY")}),
    ),
    Client("curl", "curl", "a terminal", "shell", _curl),
)


def snippet(slug: str, base_url: str) -> Snippet:
    """The snippet of one client, of the first one for an unknown slug; `base_url` is `scheme://host:port`."""
    client = next((client for client in CLIENTS if client.slug == slug), CLIENTS[0])
    return Snippet(client.slug, client.name, client.place, client.format, client.render(f"{base_url}/mcp"))
