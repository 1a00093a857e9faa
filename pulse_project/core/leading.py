"""Core's background work beside a running server: who leads, who delivers, who keeps the store in shape."""

from pulse_project.core import courier, leader, upkeep


def begin() -> None:
    """The serving process holds the home (SQLite) or stands for election (PostgreSQL)."""
    leader.lead(True)
    upkeep.start()
    courier.start()


def end() -> None:
    courier.stop()
    leader.lead(False)
    upkeep.stop()
