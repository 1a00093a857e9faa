"""The coordination bus: agents, sessions, messages, handoffs, artifacts and the event log."""
