"""Two agents coordinate through a running Pulse: each is an official MCP client with a key of its own.

.venv/bin/python scripts/example_flow.py                    # over HTTP, against http://127.0.0.1:8100
.venv/bin/python scripts/example_flow.py --stdio            # the same over stdio, each client with its own process
"""

import argparse
import asyncio
import json
import os
import secrets
import sys
import tempfile
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamablehttp_client

ROOT = Path(__file__).resolve().parent.parent


def make_agent(url: str, agent_id: str) -> str:
    """Create an agent as the local operator; answers its key, which is shown only once."""
    body = json.dumps({"agent_id": agent_id}).encode()
    request = urllib.request.Request(f"{url}/api/v1/nexus/agents", body, {"Content-Type": "application/json"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - the url is the reader's own
        return str(json.load(answer)["data"]["api_key"])


class Agent:
    """One MCP client that acts under its own name."""

    def __init__(self, name: str, session: ClientSession) -> None:
        self.name = name
        self.session = session

    async def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Call a tool and answer its data; a refusal ends the script with its sentence."""
        answer = await self.session.call_tool(tool, arguments)
        body = answer.structuredContent or {}
        if not body.get("ok"):
            raise SystemExit(f"{self.name}: {tool} was refused: {body or answer.content}")
        print(f"{self.name:>18}  {tool:24} {json.dumps(body['data'])[:110]}")
        data: dict[str, Any] = body["data"]
        return data


@asynccontextmanager
async def connected(arguments: argparse.Namespace, name: str, key: str) -> AsyncIterator[Agent]:
    if arguments.stdio:
        command = StdioServerParameters(
            command=sys.executable,
            args=[str(ROOT / "manage.py"), "stdio_server"],
            env={**os.environ, "PULSE_API_KEY": key},
        )
        transport: Any = stdio_client(command)
    else:
        transport = streamablehttp_client(f"{arguments.url}/mcp", headers={"Authorization": f"Bearer {key}"})
    async with transport as streams, ClientSession(streams[0], streams[1]) as session:
        await session.initialize()
        yield Agent(name, session)


async def flow(builder: Agent, reviewer: Agent, root: str) -> None:
    """The whole life of a piece of work: identity, message, handoff, artifact, shared view."""
    workspace = await builder.call("workspace_resolve", project_root=root)
    for agent, role in ((builder, "builder"), (reviewer, "reviewer")):
        await agent.call("agent_register", agent_id=agent.name, role=role, capabilities=["py"])
    session = await builder.call("session_open", agent_id=builder.name, workspace_id=workspace["workspace_id"])
    await builder.call("session_heartbeat", session_id=session["session_id"])
    to_reviewer = {"strategy": "direct", "agent_id": reviewer.name}
    sent = await builder.call(
        "message_create",
        project_root=root,
        from_agent_id=builder.name,
        subject="Parser ready",
        body="Please review the parser.",
        target=to_reviewer,
    )
    pulled = await reviewer.call("inbox_pull", agent_id=reviewer.name)
    await reviewer.call("inbox_ack", agent_id=reviewer.name, message_ids=[m["message_id"] for m in pulled["messages"]])
    await builder.call("message_status", message_id=sent["message_id"])
    await reviewer.call(
        "event_wait",
        project_root=root,
        agent_id=reviewer.name,
        stream="workspace",
        cursor=sent["event_id"] - 1,
        timeout_seconds=5,
    )
    await work(builder, reviewer, root, to_reviewer)
    await builder.call("shared_md_render", workspace_id=workspace["workspace_id"])
    await builder.call("session_close", session_id=session["session_id"])


async def work(builder: Agent, reviewer: Agent, root: str, target: dict[str, str]) -> None:
    """A handoff from offer to outcome, and the artifacts beside it."""
    offered = await builder.call(
        "handoff_create",
        project_root=root,
        from_agent_id=builder.name,
        target=target,
        visibility="public",
        payload={"task": "Review the parser"},
    )
    await reviewer.call("handoff_list_available", project_root=root, agent_id=reviewer.name)
    this = {"project_root": root, "handoff_id": offered["handoff_id"]}
    await reviewer.call("handoff_claim", **this, agent_id=reviewer.name)
    await reviewer.call("handoff_complete", **this, agent_id=reviewer.name, result="Looks good.")
    await builder.call("handoff_get", **this, agent_id=builder.name)
    (Path(root) / "notes.md").write_text("# Notes\n", encoding="utf-8")
    text = await builder.call("artifact_put", project_root=root, artifact_type="text", content="The parser's grammar.")
    await builder.call("artifact_put", project_root=root, artifact_type="markdown", path="notes.md")
    await reviewer.call("artifact_get", project_root=root, artifact_id=text["artifact_id"])


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", default="http://127.0.0.1:8100", help="Where Pulse listens.")
    parser.add_argument("--stdio", action="store_true", help="Connect over stdio instead of HTTP.")
    parser.add_argument("--project-root", help="Folder to coordinate in; default: a new one.")
    arguments = parser.parse_args()
    root = arguments.project_root or tempfile.mkdtemp(prefix="pulse-example-")
    names = [f"{role}-{secrets.token_hex(2)}" for role in ("builder", "reviewer")]
    keys = [make_agent(arguments.url, name) for name in names]
    async with connected(arguments, names[0], keys[0]) as builder, connected(arguments, names[1], keys[1]) as reviewer:
        await flow(builder, reviewer, root)
    print(f"Done. Everything they did is in the event log of {root}.")


if __name__ == "__main__":
    asyncio.run(main())
