"""Telemetry: events of producers in, metrics out. Knows pulse_project.core and nothing else."""
