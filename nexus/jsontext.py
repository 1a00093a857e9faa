"""JSON as the bus stores it: compact, characters as they are, numbers that JSON knows."""

import json
from typing import Any

_encoder = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def encode(value: Any) -> str:
    """Compact JSON text. Raises TypeError or ValueError for what JSON cannot say."""
    return _encoder.encode(value)
