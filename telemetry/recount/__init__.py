"""Proof that the rollups equal the events: recounting, and repairing what differs."""
