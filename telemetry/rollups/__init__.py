"""Counters maintained with the events: what each event adds, how buckets are kept, and how a window is read."""
