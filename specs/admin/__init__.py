"""The admin of specs."""

from specs.admin import artefacts, items, pipeline

__all__ = ["artefacts", "items", "pipeline"]
