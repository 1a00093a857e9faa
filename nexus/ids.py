"""Public ids that sort by time: new rows land at the end of their index, whatever the size of the store."""

import secrets

from pulse_project.core import clock


def ordered_id(prefix: str) -> str:
    """`prefix`, 13 hex digits of microseconds and 9 random ones (36 bits against a twin in the same microsecond)."""
    return f"{prefix}{clock.now_us():013x}{secrets.randbits(36):09x}"
