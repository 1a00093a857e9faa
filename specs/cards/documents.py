"""What search finds of cards."""

from collections.abc import Collection, Iterable
from uuid import UUID

from boards.indexing import Document, describes
from boards.models import Card

TEXTS = ("description", "details", "expected_behavior", "observed_behavior", "steps_to_reproduce", "action_plan")


@describes("card", documents=["card"])
def documents(pks: Collection[UUID]) -> Iterable[Document]:
    """One document a card, with all of its texts."""
    for card in Card.objects.filter(pk__in=pks):
        body = "\n".join(text for text in (getattr(card, name) for name in TEXTS) if text)
        yield Document(card.pk, "card", "", card.title, body)
