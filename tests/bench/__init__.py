"""Benchmarks: ratios to a floor measured in the same run. Never part of the timed or asserted tests."""
