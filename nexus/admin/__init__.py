"""The admin of the bus."""

from nexus.admin import agents, events, handoffs, messages, overview, pruning, reaping, sessions, sizes

__all__ = ["agents", "events", "handoffs", "messages", "overview", "pruning", "reaping", "sessions", "sizes"]
