"""What an artifact may hold: one of four types, text within the inline limit, or a file inside the project."""

import json
from dataclasses import dataclass
from typing import Any, NoReturn

from nexus import containment, limits
from nexus.models import Artifact
from pulse_project.core.ahead import Finding
from pulse_project.core.errors import Code, Failure


@dataclass(frozen=True, slots=True)
class Holding:
    """What is stored of an artifact's content."""

    stored: Artifact.Stored
    size_bytes: int


def known_type(value: str) -> Artifact.Type:
    """The type of that name, in any case. Raises ValueError."""
    try:
        return Artifact.Type(value.strip().lower())
    except ValueError:
        raise ValueError(f"artifact_type is one of: {', '.join(Artifact.Type.values)}") from None


def holding(artifact_type: Artifact.Type, *, file: Finding, path: str | None, content: str | None) -> Holding:
    """Check content and path and measure them; `file` is what `located` found before the transaction.

    Errors: VALIDATION_ERROR, CONTENT_TOO_LARGE (before JSON is looked at), PATH_OUTSIDE_WORKSPACE.
    """
    if content is None and not path:
        raise Failure(Code.VALIDATION_ERROR, "Send content or path.", field="content")
    if content is not None:
        _check_content(artifact_type, content)
    found: containment.ContainedFile | None = file.get()
    if content is not None:
        return Holding(Artifact.Stored.INLINE, len(content.encode()))
    return Holding(Artifact.Stored.PATH, found.size_bytes if found else 0)


def _check_content(artifact_type: Artifact.Type, content: str) -> None:
    if "\0" in content:
        raise Failure(Code.VALIDATION_ERROR, "content must not contain a NUL character.", field="content")
    limits.check_inline(content, "content")
    if artifact_type is Artifact.Type.JSON:
        _check_json(content)


def _check_json(content: str) -> None:
    """Well-formed by the standard: numbers stay text here, so that no digits are too many; NaN is no JSON."""
    try:
        json.loads(content, parse_int=str, parse_float=str, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        sentence = "content of a json artifact must be well-formed JSON."
        raise Failure(Code.VALIDATION_ERROR, sentence, field="content", reason="json") from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def located(root: str, path: str | None, is_beside_content: bool) -> containment.ContainedFile | None:
    """The file that `path` names. One beside content need not exist, but must not lead out."""
    if not path:
        return None
    try:
        return containment.locate(root, path)
    except Failure as failure:
        if is_beside_content and failure.details.get("reason") == "missing":
            return None
        raise


def metadata_text(value: Any) -> str | None:
    """What is kept of metadata. Errors: VALIDATION_ERROR, CONTENT_TOO_LARGE."""
    return None if value is None else limits.json_text(value, "metadata")
