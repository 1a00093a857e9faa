"""Reads that join several tables, for the operator's surfaces."""
