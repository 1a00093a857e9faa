"""Bus events in words: what the actor did."""

PHRASES = {
    "artifact.created": "shared an artifact",
    "handoff.cancelled": "cancelled a handoff",
    "handoff.claimed": "claimed a handoff",
    "handoff.completed": "completed a handoff",
    "handoff.created": "offered a handoff",
    "handoff.expired": "lost a claim: its lease ran out",
    "handoff.rejected": "rejected a handoff",
    "handoff.released": "lost a claim: an operator released it",
    "message.created": "sent a message",
    "message.delivered": "received a message",
    "message.parked": "had a message parked",
    "message.read": "acknowledged a message",
    "message.redelivered": "got a message again",
    "session.closed": "closed a session",
    "session.heartbeat": "is still at work",
    "session.opened": "opened a session",
    "session.reaped": "had a session closed: silent too long",
}


def phrase(event_type: str) -> str:
    """The words of an event type; the type itself when there are none."""
    return PHRASES.get(event_type, event_type)
