"""The events as a log of the store: after a restore their numbers go on above the lost ones, and cursors are told."""

from pulse_project.core.store_marks import Numbers, register_numbers
from telemetry import event_rows

register_numbers(event_rows.COUNTER, Numbers(head=event_rows.last_number, go_on_above=event_rows.go_on_above))
