"""Text that may try to steer the model that reads it: named, never changed."""

import re

TAG_CHARACTERS = "tag_characters"
BIDI_CONTROLS = "bidi_controls"
ZERO_WIDTH = "zero_width"
TOOL_MARKUP = "tool_markup"

_HIDDEN = (
    (TAG_CHARACTERS, re.compile("[\U000e0000-\U000e007f]")),
    (BIDI_CONTROLS, re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")),
    (ZERO_WIDTH, re.compile("[\u200b\u2060\ufeff]|[\u200c\u200d]{2}")),
)
_MARKUP = ("<tool_call", "<tool_use", "<function_call", "<invoke", "<|im_start|>", "<|system|>", "<system>", "[inst]")


def flags_of(*texts: str) -> list[str]:
    """What is suspicious in `texts`, in a fixed order; empty for almost every text."""
    found: set[str] = set()
    for text in texts:
        if not text.isascii():
            found.update(name for name, pattern in _HIDDEN if pattern.search(text))
        if ("<" in text or "[" in text) and any(mark in text.lower() for mark in _MARKUP):
            found.add(TOOL_MARKUP)
    return [name for name in (TAG_CHARACTERS, BIDI_CONTROLS, ZERO_WIDTH, TOOL_MARKUP) if name in found]
