"""What search finds of specs: the spec itself, and each of its items."""

from collections.abc import Collection, Iterable
from uuid import UUID

from boards.indexing import Document, describes
from specs.models import SpecItem
from specs.queries.content import Kind, contents_of, text_of

# The kinds of documents, and the texts of an item beside the one that names it.
DOCUMENTS = {
    Kind.FUNCTIONAL: ("requirement", ()),
    Kind.TECHNICAL: ("technical_requirement", ()),
    Kind.CRITERION: ("criterion", ()),
    Kind.RULE: ("rule", ("rule", "when", "then", "notes")),
    Kind.CONTRACT: ("contract", ("description", "notes")),
    Kind.SCENARIO: ("scenario", ("given", "when", "then", "notes")),
    Kind.DECISION: ("decision", ("rationale", "context", "notes")),
}


@describes("spec", documents=["spec", *(kind for kind, _ in DOCUMENTS.values())])
def documents(pks: Collection[UUID]) -> Iterable[Document]:
    """One document a spec and one an item, by its public id; a requirement's text is both title and body."""
    for pk, content in contents_of(pks).items():
        spec = content.spec
        yield Document(pk, "spec", "", spec.title, _joined((spec.description, spec.context)))
        for item in content.items():
            yield _of_item(pk, item)


def _of_item(pk: UUID, item: SpecItem) -> Document:
    kind, names = DOCUMENTS[Kind(item.kind)]
    texts = [getattr(item, name) for name in names] or [text_of(item)]
    return Document(pk, kind, item.public_id, text_of(item), _joined(texts))


def _joined(texts: Iterable[str]) -> str:
    return "\n".join(text for text in texts if text)
