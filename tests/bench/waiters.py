"""A client process that parks `event_wait` calls on plain sockets and tells when each was answered (monotonic)."""

import asyncio
import json
import sys
import time
from typing import Any
from urllib.parse import urlsplit


async def parked(host: str, port: int, key: str, arguments: dict[str, Any]) -> float:
    """One call on a connection of its own; answers the moment its answer began to arrive."""
    reader, writer = await asyncio.open_connection(host, port)
    body = json.dumps(arguments).encode()
    head = (
        f"POST /api/v1/ops/event_wait HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    writer.write(head.encode() + body)
    await writer.drain()
    status = await reader.readline()
    moment = time.perf_counter()
    writer.close()
    if b" 200 " not in status:
        raise SystemExit(f"event_wait answered {status!r}")
    return moment


async def main() -> None:
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        command = json.loads(line)
        address = urlsplit(command["url"])
        calls = [
            asyncio.create_task(parked(address.hostname or "", address.port or 0, key, command["arguments"]))
            for key in command["keys"]
        ]
        print(json.dumps(await asyncio.gather(*calls)), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
