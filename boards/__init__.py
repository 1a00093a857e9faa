"""Boards: what exists without a specification. Boards, who may do what on them, cards, conversation, search."""
