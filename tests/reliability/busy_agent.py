"""An agent that sends, reads, offers and claims until its server is gone, and prints what was acknowledged.

Arguments: port, key, own name, peer's name, project. One JSON line per acknowledged call: [operation, arguments, data].
"""

import http.client
import json
import sys
from typing import Any

port, key, me, peer, project = sys.argv[1:]
connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=20)


def call(operation: str, **arguments: Any) -> dict[str, Any]:
    """The data of one call; anything but success or a lost race ends this process loudly."""
    headers = {"Content-Type": "application/json", "X-API-Key": key}
    connection.request("POST", f"/api/v1/ops/{operation}", json.dumps(arguments), headers)
    body = json.loads(connection.getresponse().read())
    if not body["ok"]:
        raise RuntimeError(body)
    print(json.dumps([operation, arguments, body["data"]]), flush=True)  # noqa: T201 - the test reads it
    data: dict[str, Any] = body["data"]
    return data


def work() -> None:
    target = {"strategy": "direct", "agent_id": peer}
    while True:
        call("message_create", project_root=project, from_agent_id=me, target=target, subject="s", body="b" * 200)
        held = [one["message_id"] for one in call("inbox_pull", agent_id=me, limit=3)["messages"]]
        if held:
            call("inbox_ack", agent_id=me, message_ids=held[:2])
        offered = call(
            "handoff_create", project_root=project, from_agent_id=me, target={"strategy": "broadcast"},
            visibility="public",
        )  # fmt: skip
        call("handoff_claim", project_root=project, agent_id=me, handoff_id=offered["handoff_id"])


if __name__ == "__main__":
    try:
        work()
    except (OSError, http.client.HTTPException):  # the server was killed
        sys.exit(0)
