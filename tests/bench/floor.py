"""The floor: a stateless no-op tool on the official SDK, served by uvicorn as its documentation shows."""

import sys

import uvicorn
from mcp.server.fastmcp import FastMCP

server = FastMCP("floor", stateless_http=True, json_response=True)


@server.tool()
def noop() -> dict[str, bool]:
    """Answer at once."""
    return {"ok": True}


if __name__ == "__main__":
    uvicorn.run(
        server.streamable_http_app(), host="127.0.0.1", port=int(sys.argv[1]), log_level="error", access_log=False
    )
