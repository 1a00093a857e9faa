"""Reads of specs that join several tables."""
