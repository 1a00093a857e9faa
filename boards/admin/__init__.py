"""The admin of boards."""

from boards.admin import access, boards, conversation, dependencies, finding, presets

__all__ = ["access", "boards", "conversation", "dependencies", "finding", "presets"]
