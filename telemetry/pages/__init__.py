"""The pages below /telemetry/. They show what operations answer and write nothing."""
