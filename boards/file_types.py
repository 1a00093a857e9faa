"""What a file may be called, and what it is served as: never what its sender says it is."""

import codecs
import unicodedata
from typing import Final
from urllib.parse import quote

from pulse_project.core.names import HIDDEN

MAX_NAME: Final = 255
BINARY: Final = "application/octet-stream"
PLAIN: Final = "text/plain; charset=utf-8"
HEAD_BYTES: Final = 64 * 1024  # what is looked at of a file

_MAGIC: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
)
_IN_TEXT: Final = frozenset(b"\t\n\r\f")


def safe_name(text: str) -> str:
    """The last part of a path without what is invisible, at most 255 characters; its ending is kept."""
    name = unicodedata.normalize("NFC", text).replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(letter for letter in name if unicodedata.category(letter) not in HIDDEN).strip(" .")
    stem, dot, ending = name.rpartition(".")
    if len(name) > MAX_NAME and dot and len(ending) < 20:
        name = f"{stem[: MAX_NAME - len(ending) - 1]}.{ending}"
    return name[:MAX_NAME] or "file"


def served_as(head: bytes) -> str:
    """The content type of a file by its first bytes: a known image, PDF, plain text, else any bytes."""
    for magic, found in _MAGIC:
        if head.startswith(magic):
            return found
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    return PLAIN if _is_text(head) else BINARY


def _is_text(head: bytes) -> bool:
    """Whether the bytes are the beginning of UTF-8 text without control characters."""
    if any(byte < 32 and byte not in _IN_TEXT for byte in set(head)):
        return False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)  # a character that is cut off at the end is no fault
    except UnicodeDecodeError:
        return False
    return True


def disposition(filename: str) -> bytes:
    """`Content-Disposition` of a download (RFC 6266): the name in ASCII, and encoded as RFC 5987 has it."""
    plain = "".join(letter if letter.isascii() and letter not in '"\\%' else "_" for letter in filename)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}".encode("ascii")
