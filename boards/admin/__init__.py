"""The admin of boards."""

from boards.admin import access, boards, cards, conversation, finding

__all__ = ["access", "boards", "cards", "conversation", "finding"]
