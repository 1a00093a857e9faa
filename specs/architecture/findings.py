"""What a critique of a design says: issues, which block, and warnings, which do not. Each names a JSON path."""

from dataclasses import dataclass, field
from typing import Any, TypedDict

MAX_FINDINGS = 200


class Finding(TypedDict):
    """One remark. `path` is a JSON path such as `$.entities[0].name`."""

    path: str
    code: str
    message: str


class SuggestedFix(TypedDict):
    path: str
    fix: str


@dataclass(slots=True)
class Findings:
    """The remarks of one critique, the first `MAX_FINDINGS` of each sort."""

    issues: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)
    suggested_fixes: list[SuggestedFix] = field(default_factory=list)

    def issue(self, path: str, code: str, message: str, fix: str = "") -> None:
        self._add(self.issues, path, code, message, fix)

    def warn(self, path: str, code: str, message: str, fix: str = "") -> None:
        self._add(self.warnings, path, code, message, fix)

    def _add(self, found: list[Finding], path: str, code: str, message: str, fix: str) -> None:
        if len(found) >= MAX_FINDINGS:
            return
        found.append({"path": path, "code": code, "message": message})
        if fix:
            self.suggested_fixes.append({"path": path, "fix": fix})

    def wire(self) -> dict[str, Any]:
        return {"issues": self.issues, "warnings": self.warnings, "suggested_fixes": self.suggested_fixes}


def repeated(values: list[str]) -> list[int]:
    """The places of values that came before; empty ones are no values."""
    seen: set[str] = set()
    places = []
    for place, value in enumerate(values):
        if value and value in seen:
            places.append(place)
        seen.add(value)
    return places


def folded(text: Any) -> str:
    """A name as it is compared: without case, spaces and punctuation."""
    return "".join(letter for letter in str(text or "").casefold() if letter.isalnum())
