"""The ASGI application: the guard in front of everything, then the routes that need no Django, then Django."""

import os
from typing import cast

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pulse_project.settings")
django_application = get_asgi_application()

from pulse_project.core import asgi_routes, conf, health, mcp_mount, peers  # noqa: E402 - models need Django set up
from pulse_project.core.guard import Guard  # noqa: E402
from pulse_project.core.http_reply import Receive, Scope, Send  # noqa: E402
from pulse_project.core.ops_endpoint import PREFIX as OPS_PREFIX  # noqa: E402

TELEMETRY = {  # what needs no operation, or is reached a thousand times a second
    "/v1/events": "native.events",
    "/v1/events:batch": "native.batch",
    "/v1/events/": "native.below",
    "/v1/events/stream": "tail.stream",
    "/v1/schema/event.v1.json": "schema.event",
    "/v1/export": "export.export",
    "/v1/logs": "otlp.logs",
    "/v1/batch": "segment.batch",
    "/v1/track": "segment.batch",
    "/batch": "posthog.batch",
    "/batch/": "posthog.batch",
    "/capture": "posthog.capture",
    "/capture/": "posthog.capture",
    "/i/v0/e": "posthog.capture",
    "/i/v0/e/": "posthog.capture",
    "/mcp/tools": "plain_tools.application",
    "/mcp/manifest": "plain_tools.application",
    "/mcp/call": "plain_tools.application",
}

mcp_application = mcp_mount.McpMount()
asgi_routes.register("/mcp", mcp_application)
asgi_routes.register("/mcp/", mcp_application)
asgi_routes.register(OPS_PREFIX, "pulse_project.core.ops_endpoint.ops_endpoint")
asgi_routes.register("/api/v1/", "pulse_project.core.rest_endpoint.rest_endpoint")
asgi_routes.register("/api/v1/attachments/", "boards.endpoints.attachments.application")
asgi_routes.register("/api/v1/mockups/", "specs.endpoints.mockup_frame.application")
for license_path in ("/api/v1/nexus/license", "/api/v1/license"):  # plain text, a Django view
    asgi_routes.register(license_path, cast("asgi_routes.App", django_application))
for stream_path in ("/api/v1/nexus/stream", "/api/v1/stream"):
    asgi_routes.register(stream_path, "nexus.stream.stream")
asgi_routes.register("/v1/", "pulse_project.core.rest_endpoint.rest_endpoint")
for telemetry_path, telemetry_app in TELEMETRY.items():
    asgi_routes.register(telemetry_path, f"telemetry.endpoints.{telemetry_app}")
asgi_routes.register("/ws/live/", "pulse_project.core.consumers.live", protocol="websocket")
for health_path in health.PATHS:
    asgi_routes.register(health_path, health.application)


async def route(scope: Scope, receive: Receive, send: Send) -> None:
    """Hand a request to the application of its path; a websocket without one is closed."""
    kind = scope["type"]
    if kind == "lifespan":
        return await _lifespan(receive, send)
    app = asgi_routes.find(kind, scope["path"])
    if app is not None:
        await app(scope, receive, send)
    elif kind == "http":
        await cast("asgi_routes.App", django_application)(scope, receive, send)  # Django asks for dict itself
    else:
        await send({"type": "websocket.close", "code": 4404})
    return None


async def _lifespan(receive: Receive, send: Send) -> None:
    """For servers other than `serve`, which starts and stops the parts itself."""
    from pulse_project.core import background
    from pulse_project.core.hub import hub

    await receive()
    background.ensure_started()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await hub().stop()
    await background.stop()
    await send({"type": "lifespan.shutdown.complete"})


peers.trusted_networks(conf.current().trusted_proxies)  # a wrong list stops the start
application = Guard(route)
