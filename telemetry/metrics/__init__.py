"""The published figures and the newer ones, each computed from a `Reading` of a window."""
