"""Reads over several tables of boards."""
