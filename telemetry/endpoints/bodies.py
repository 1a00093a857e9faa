"""Bodies of producers: gzip with bounded growth, and the size that a request may have."""

import zlib
from typing import Final

from pulse_project.core import db
from pulse_project.core.errors import Code, Failure
from pulse_project.core.http_reply import Receive, Scope, header, read_body

MOST_BYTES: Final = 16 * 1024 * 1024
MOST_RATIO: Final = 100
FREE_BYTES: Final = 1024 * 1024  # below this the ratio does not matter
INLINE_BYTES: Final = 64 * 1024  # a larger body is worked on in a thread, so that the loop goes on
ACCEPTED: Final = (b"accept-encoding", b"gzip, identity")


class UnsupportedCoding(Failure):
    """A content coding that nobody here reads: 415 with the codings that are."""

    def __init__(self) -> None:
        super().__init__(Code.VALIDATION_ERROR, "Send the body as it is or with Content-Encoding: gzip.")


async def body_of(scope: Scope, receive: Receive) -> bytes:
    """The request's body, inflated.

    Errors: UnsupportedCoding, CONTENT_TOO_LARGE (above 16 MiB or a hundredfold), VALIDATION_ERROR (no gzip).
    """
    coding = header(scope, b"content-encoding").strip().lower()
    if coding not in {"", "identity", "gzip"}:
        raise UnsupportedCoding
    raw = await read_body(receive, max_bytes=MOST_BYTES)
    if coding != "gzip":
        return raw
    return await db.in_read(inflated, raw) if len(raw) > INLINE_BYTES // 16 else inflated(raw)


def inflated(raw: bytes) -> bytes:
    """The content of one gzip member, never more than the bound. Errors: as `body_of`."""
    most = min(MOST_BYTES, max(FREE_BYTES, len(raw) * MOST_RATIO))
    reader = zlib.decompressobj(wbits=31)
    try:
        content = reader.decompress(raw, most + 1)
    except zlib.error as error:
        raise Failure(Code.VALIDATION_ERROR, "The body is not gzip.", field="body") from error
    if len(content) > most:
        raise Failure(
            Code.CONTENT_TOO_LARGE, "The body is too large once it is inflated.", max_bytes=MOST_BYTES, ratio=MOST_RATIO
        )
    if not reader.eof:
        raise Failure(Code.VALIDATION_ERROR, "The gzip body is cut off.", field="body")
    if reader.unused_data:  # another member would be passed over, and its events lost
        raise Failure(Code.VALIDATION_ERROR, "The body holds more than one gzip member. Send one.", field="body")
    return content
