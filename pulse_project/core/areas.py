"""What each path asks of its visitor: nothing, a key, or some identity; how large a body it takes and in which form."""

from enum import Enum

MIB = 1024 * 1024
BODY_BYTES = MIB
BATCH_BODY_BYTES = 16 * MIB
UPLOAD_BODY_BYTES = 10 * MIB + 64 * 1024  # the largest attachment, and the form around it

OPEN_PATHS = frozenset({"/livez", "/healthz", "/favicon.ico"})
HEALTH_PATHS = frozenset({"/livez", "/healthz", "/readyz"})
PUBLIC_PATHS = frozenset(
    {
        "/api/v1/info",
        "/api/v1/license",
        "/api/v1/nexus/info",
        "/api/v1/nexus/license",
    }
)
BATCH_PREFIXES = ("/v1/batch", "/batch", "/v1/events", "/v1/logs", "/i/v0/e", "/capture", "/v1/track")
UPLOAD_PREFIX = "/api/v1/attachments/"
STREAM_PATHS = frozenset({"/api/v1/stream", "/api/v1/nexus/stream", "/v1/events/stream"})
# Plain JSON beside the MCP protocol, as the telemetry collector published it.
PLAIN_TOOLS = frozenset({"/mcp/tools", "/mcp/manifest", "/mcp/call"})
# Where producers send events by POST, and ask by OPTIONS whether they may; everything else there reads.
INGEST_PATHS = frozenset({"/v1/events", "/v1/events:batch", "/v1/logs"})
INGEST_METHODS = frozenset({"POST", "OPTIONS"})
# The same for clients that carry their key in the body or as Basic user name: the route itself asks for it.
BODY_KEY_PATHS = frozenset(
    {"/batch", "/batch/", "/v1/batch", "/v1/track", "/i/v0/e", "/i/v0/e/", "/capture", "/capture/"}
)


class Area(Enum):
    """A kind of route."""

    OPEN = "open"  # answers everybody and asks nobody: health, static files
    LOGIN = "login"  # the login page and the one-time link
    MCP = "mcp"  # a key, always
    API = "api"  # an identity; answers JSON
    UPLOAD = "upload"  # the same, and takes files as multipart/form-data
    PRODUCER = "producer"  # telemetry; an identity; not only JSON
    PAGE = "page"  # an identity; a browser without one is sent to the login page


WIRE = frozenset({Area.MCP, Area.API, Area.UPLOAD, Area.PRODUCER})
TAKES_QUERY_KEY = frozenset({Area.MCP, Area.API, Area.UPLOAD})
JSON_ONLY = frozenset({Area.MCP, Area.API, Area.UPLOAD})
TAKES_FORMS = frozenset({Area.UPLOAD})


def area_of(path: str) -> Area:
    """The area of a decoded path; what is not listed is a page and needs an identity."""
    if path in PLAIN_TOOLS or path in BODY_KEY_PATHS:
        return Area.PRODUCER
    if path == "/mcp" or path.startswith("/mcp/"):
        return Area.MCP
    if path.startswith(UPLOAD_PREFIX):
        return Area.UPLOAD
    if path.startswith("/api/"):
        return Area.API
    if path in OPEN_PATHS or path.startswith("/static/"):
        return Area.OPEN
    if path == "/login" or path.startswith("/login/"):
        return Area.LOGIN
    if path.startswith("/v1/"):
        return Area.PRODUCER
    return Area.API if path in {"/metrics", "/readyz"} else Area.PAGE


def is_public(path: str, area: Area) -> bool:
    """Whether the path answers a visitor without any identity."""
    return area in {Area.OPEN, Area.LOGIN} or path in PUBLIC_PATHS or path in BODY_KEY_PATHS


def body_bytes(path: str) -> int:
    if path.startswith(UPLOAD_PREFIX):
        return UPLOAD_BODY_BYTES
    return BATCH_BODY_BYTES if path.startswith(BATCH_PREFIXES) else BODY_BYTES


def is_served_beside(path: str, area: Area) -> bool:
    """Whether the second listener has the path."""
    return area is Area.MCP or path in PLAIN_TOOLS or path in HEALTH_PATHS
