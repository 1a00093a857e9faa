"""The closed catalogue of error codes and the one exception that operations raise."""

from enum import StrEnum
from typing import Any, Self


class Code(StrEnum):
    """A stable error code and the HTTP status that REST answers with it."""

    http_status: int

    def __new__(cls, value: str, http_status: int) -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.http_status = http_status
        return member

    # coordination bus (published catalogue)
    WORKSPACE_REQUIRED = "WORKSPACE_REQUIRED", 422
    WORKSPACE_UNRESOLVED = "WORKSPACE_UNRESOLVED", 422
    WORKSPACE_MISMATCH = "WORKSPACE_MISMATCH", 404
    VALIDATION_ERROR = "VALIDATION_ERROR", 422
    NOT_FOUND = "NOT_FOUND", 404
    NOT_OWNER = "NOT_OWNER", 403
    INVALID_TRANSITION = "INVALID_TRANSITION", 409
    INVALID_STREAM = "INVALID_STREAM", 422
    HANDOFF_ALREADY_CLAIMED = "HANDOFF_ALREADY_CLAIMED", 409
    NOT_ELIGIBLE_TO_CLAIM = "NOT_ELIGIBLE_TO_CLAIM", 403
    CONTENT_TOO_LARGE = "CONTENT_TOO_LARGE", 413
    PATH_OUTSIDE_WORKSPACE = "PATH_OUTSIDE_WORKSPACE", 422
    CONFIG_ERROR = "CONFIG_ERROR", 500
    MIGRATION_ERROR = "MIGRATION_ERROR", 500
    DB_ERROR = "DB_ERROR", 503
    RENDER_ERROR = "RENDER_ERROR", 500
    MIGRATED = "MIGRATED", 410
    INTERNAL_ERROR = "INTERNAL_ERROR", 500
    PERMISSION_DENIED = "PERMISSION_DENIED", 403
    # shared by every catalogue
    RATE_LIMITED = "RATE_LIMITED", 429
    VERSION_CONFLICT = "VERSION_CONFLICT", 409
    IDEMPOTENCY_CONFLICT = "IDEMPOTENCY_CONFLICT", 409
    AUTH_REQUIRED = "AUTH_REQUIRED", 401
    # REST only
    AUTH_FAILED = "AUTH_FAILED", 401
    CONFLICT = "CONFLICT", 409
    INVALID_PARAM = "INVALID_PARAM", 422
    INVALID_SETTING = "INVALID_SETTING", 422
    INTERNAL = "INTERNAL", 500
    # boards and specs
    GATE_BLOCKED = "GATE_BLOCKED", 409
    DUPLICATE = "DUPLICATE", 409
    DEPENDENCY_CYCLE = "DEPENDENCY_CYCLE", 409
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED", 422
    SOURCE_NOT_ALLOWED = "SOURCE_NOT_ALLOWED", 422


BUS_CODES = frozenset(list(Code)[: list(Code).index(Code.PERMISSION_DENIED) + 1])
COMMON_CODES = frozenset({Code.RATE_LIMITED, Code.VERSION_CONFLICT, Code.IDEMPOTENCY_CONFLICT, Code.AUTH_REQUIRED})
REST_CODES = frozenset({Code.AUTH_FAILED, Code.CONFLICT, Code.INVALID_PARAM, Code.INVALID_SETTING, Code.INTERNAL})
BOARD_CODES = frozenset(
    {
        Code.NOT_FOUND,
        Code.PERMISSION_DENIED,
        Code.VALIDATION_ERROR,
        Code.INVALID_TRANSITION,
        Code.GATE_BLOCKED,
        Code.DUPLICATE,
        Code.DEPENDENCY_CYCLE,
        Code.LIMIT_EXCEEDED,
        Code.SOURCE_NOT_ALLOWED,
        Code.CONTENT_TOO_LARGE,
        Code.INTERNAL_ERROR,
    }
)


class Failure(Exception):
    """A refusal that a caller may see: a code for programs, one plain sentence for people, JSON-safe details.

    `beside` are keys that published clients look for at the top of a plain answer; they win over `error`.
    """

    def __init__(self, code: Code, message: str, **details: Any) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = details
        self.beside: dict[str, Any] = {}

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


def busy(reason: str = "lock") -> Failure:
    """The failure of a write that met a lock in time: the same call may be repeated."""
    return Failure(
        Code.DB_ERROR,
        "The store is busy. Repeat the same call after a short pause.",
        retryable=True,
        reason=reason,
        retry_after_seconds=1,
    )
