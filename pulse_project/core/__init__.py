"""The frame every app stands on: operations, identity, data, live feed. Knows no domain."""
