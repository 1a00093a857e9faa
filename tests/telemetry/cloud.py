"""CloudEvents as the tests send them."""

import json
from typing import Any

STRUCTURED = {"content-type": "application/cloudevents+json"}
BATCH = {"content-type": "application/cloudevents-batch+json"}
TIME = "2026-09-01T10:00:00.123456789+02:00"


def cloud(**over: Any) -> dict[str, Any]:
    given = {"specversion": "1.0", "id": "a-1", "source": "/builds", "type": "build.done", "time": TIME}
    return {name: value for name, value in (given | over).items() if value is not ...}


def headers(**over: str) -> dict[str, str]:
    return {f"ce-{name}": value for name, value in cloud(**over).items()}


async def send(http: Any, **over: Any) -> Any:
    return await http.post("/v1/events", content=json.dumps(cloud(**over)), headers=STRUCTURED)
