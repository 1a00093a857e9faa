"""Lines that are no events: kept beside their file as `<name>.dead.jsonl`, so that they hold nothing up.

One JSON object a line: `{"line", "error", "text"}`, with `base64` in the place of `text` for what is no UTF-8, and
`is_cut` when it is only the beginning. They are written before the place in the file moves: a crash may repeat one, and
loses none.
"""

import base64
import json
import os
from collections.abc import Sequence
from typing import Any, Final

from telemetry.drain.files import DEAD_ENDING, Source, check_owned, producers_name
from telemetry.drain.lines import Line

MOST_TEXT_BYTES: Final = 64 * 1024
_FLAGS: Final = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


def bury(source: Source, dead: Sequence[tuple[Line, str]]) -> None:
    """Append lines with their reasons and return when the disk has them. Errors: Refused, OSError."""
    name = f"{producers_name(source.name)}{DEAD_ENDING}"
    descriptor = os.open(name, _FLAGS, 0o600, dir_fd=source.folder.descriptor)
    try:
        found = os.fstat(descriptor)
        check_owned(found)
        content = b"".join(_letter(line, reason) for line, reason in dead)
        if found.st_size and os.pread(descriptor, 1, found.st_size - 1) != b"\n":  # a crash or a full disk cut it
            content = b"\n" + content
        _write(descriptor, content)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _letter(line: Line, reason: str) -> bytes:
    letter: dict[str, Any] = {"line": line.number, "error": reason}
    kept = line.text[:MOST_TEXT_BYTES]
    is_cut = line.is_cut or len(kept) < len(line.text)
    try:
        letter["text"] = kept.decode("utf-8")
    except UnicodeDecodeError:
        letter["base64"] = base64.b64encode(kept).decode()
    if is_cut:
        letter["is_cut"] = True
    return json.dumps(letter).encode() + b"\n"


def _write(descriptor: int, content: bytes) -> None:
    while content:
        content = content[os.write(descriptor, content) :]
