"""The security headers of every answer, whoever gives it."""

from pulse_project.core.http_reply import Header, Message, Send

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; frame-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
SECURITY_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
OF_PAGES: tuple[Header, ...] = (
    *((name.lower().encode(), value.encode()) for name, value in SECURITY_HEADERS.items()),
    (b"cache-control", b"private, no-cache"),
)
# What protects an answer that is no page; short, because calls are many.
OF_DATA: tuple[Header, ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cache-control", b"no-store"),
)
# `?api_key=` still works and is on its way out: the date is when that was announced.
DEPRECATION: Header = (b"deprecation", b"@1767225600")


class HeaderSend:
    """A `send` that adds each header which the answer does not set itself, and knows whether the answer has begun."""

    __slots__ = ("_added", "_send", "has_begun")

    def __init__(self, send: Send, added: tuple[Header, ...]) -> None:
        self._send = send
        self._added = added
        self.has_begun = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.has_begun = True
            present = {name.lower() for name, _ in message["headers"]}
            missing = [header for header in self._added if header[0] not in present]
            message["headers"] = [*message["headers"], *missing]
        await self._send(message)
