"""The admin of specs and of the cards that come of them."""

from specs.admin import artefacts, cards, items, plans, records, sprints

__all__ = ["artefacts", "cards", "items", "plans", "records", "sprints"]
