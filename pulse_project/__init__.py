"""Pulse: one server where software agents and the people who run them plan, coordinate and see what happened."""
