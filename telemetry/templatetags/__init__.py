"""Template tags of the telemetry pages."""
