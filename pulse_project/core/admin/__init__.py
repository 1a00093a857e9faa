"""The admin of identity, settings and the domain log."""

from pulse_project.core.admin import identity, journal, new_agent, store, users

__all__ = ["identity", "journal", "new_agent", "store", "users"]
