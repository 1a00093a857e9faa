"""Times as answers show them."""

from datetime import datetime

from pulse_project.core import clock


def iso(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC with an offset; null stays null."""
    return None if moment is None else clock.iso(clock.to_us(moment))
