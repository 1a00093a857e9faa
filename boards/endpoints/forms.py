"""The one file of a form that was sent as multipart/form-data."""

import io
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadhandler import FileUploadHandler, SkipFile, StopFutureHandlers
from django.http.multipartparser import MultiPartParser, MultiPartParserError

from boards.attachment_files import MAX_FILE_BYTES
from boards.file_types import BINARY
from pulse_project.core.errors import Code, Failure

FIELD = "file"


@dataclass(frozen=True, slots=True)
class FileOfForm:
    name: str
    media_type: str
    content: bytes


class _OneFile(FileUploadHandler):
    """Keeps the bytes of the field `file` and skips every other file."""

    def __init__(self) -> None:
        super().__init__()
        self.found: FileOfForm | None = None
        self._chunks: list[bytes] = []

    def new_file(self, *arguments: Any, **named: Any) -> None:
        super().new_file(*arguments, **named)
        if self.field_name != FIELD or self.found is not None:
            raise SkipFile
        self._chunks = []
        raise StopFutureHandlers

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self._chunks.append(bytes(raw_data))

    def file_complete(self, file_size: int) -> None:
        if self.field_name == FIELD and self.found is None:
            self.found = FileOfForm(self.file_name or "file", self.content_type or BINARY, b"".join(self._chunks))


def file_of(raw: bytes, content_type: str) -> FileOfForm:
    """The file in the field `file`. Errors: VALIDATION_ERROR, CONTENT_TOO_LARGE."""
    handler = _OneFile()
    meta = {"CONTENT_TYPE": content_type, "CONTENT_LENGTH": str(len(raw))}
    try:
        MultiPartParser(meta, io.BytesIO(raw), [handler], "utf-8").parse()
    except (MultiPartParserError, SuspiciousOperation) as error:
        raise Failure(Code.VALIDATION_ERROR, "The form cannot be read.", field="body") from error
    if handler.found is None or not handler.found.content:
        raise Failure(Code.VALIDATION_ERROR, "Send a file that is not empty in the field `file`.", field=FIELD)
    if len(handler.found.content) > MAX_FILE_BYTES:
        raise Failure(Code.CONTENT_TOO_LARGE, f"A file has at most {MAX_FILE_BYTES} bytes.", max_bytes=MAX_FILE_BYTES)
    return handler.found
