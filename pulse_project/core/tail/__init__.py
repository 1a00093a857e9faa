"""The parts of the hub: rows as it sees them, its ring, waiters, deadlines, streams and wake-ups."""
