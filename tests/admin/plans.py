"""One row of every table of boards and specs."""

import uuid

from boards import models as boards
from boards.discovery import ensure_intents
from boards.indexing import board_word
from specs import models as specs
from tests.boards.making import make_board, make_card, make_ideation, make_refinement, make_spec, make_sprint


def fill(agent_pk: int) -> None:
    """A board with an ideation, a refinement, a spec with one item of each kind, a sprint, three cards and the rest."""
    board = make_board("<b>Board</b>")
    ideation = make_ideation(board, title="An idea of bob")
    refinement = make_refinement(ideation)
    spec = make_spec(board, title="<script>alert(1)</script>", ideation=ideation, refinement=refinement)
    sprint = make_sprint(spec)
    card = make_card(spec, sprint=sprint, title="Card of bob")
    test_card = make_card(spec, card_type="test")
    bug = make_card(spec, card_type="bug", severity="major", origin_task=card)
    _access(board, agent_pk)
    _links(card, test_card, bug)
    _talk(board, card, agent_pk)
    scenario = _items(spec, card)
    specs.SprintScope.objects.create(sprint=sprint, item=scenario)
    specs.ScenarioEvidence.objects.create(scenario=scenario, status="passed", submitted_by="bob")
    _artefacts(spec, ideation)


def _access(board: boards.Board, agent_pk: int) -> None:
    from django.contrib.auth import get_user_model

    boards.BoardSlug.objects.create(slug="former", board=board)
    boards.BoardGrant.objects.create(board=board, agent_id=agent_pk)
    reader = get_user_model()._default_manager.create(username="reader")
    boards.BoardShare.objects.create(board=board, user=reader)
    guideline = boards.Guideline.objects.create(title="Be kind", content="Always.", owner_id="local-operator")
    boards.BoardGuideline.objects.create(board=board, guideline=guideline)
    ensure_intents()
    boards.SavedSearch.objects.create(board=board, name="Mine")
    boards.SavedView.objects.create(board=board, name="Mine")


def _links(card: boards.Card, test_card: boards.Card, bug: boards.Card) -> None:
    boards.CardDependency.objects.create(card=test_card, depends_on=card)
    boards.BugRegressionTest.objects.create(bug=bug, test_card=test_card)
    specs.CardReport.objects.create(
        card=card, text="Done.", completeness=100, completeness_justification="All.", drift=0,
        drift_justification="None.", source="move_to_done", author_id="bob",
    )  # fmt: skip


def _talk(board: boards.Board, card: boards.Card, agent_pk: int) -> None:
    question = boards.Question.objects.create(entity=card, question="Why?", asked_by="bob")
    comment = boards.Comment.objects.create(entity=card, content="<img onerror=x>", author_id="bob")
    boards.CommentResponse.objects.create(comment=comment, responder_id="bob")
    boards.Attachment.objects.create(
        entity=card, filename="a.txt", stored_name="0" * 32, mime_type="text/plain", size=1, sha256="0" * 64,
        uploaded_by="bob",
    )  # fmt: skip
    boards.Mention.objects.create(agent_id=agent_pk, entity=card, item_type="qa", item_id=question.pk)
    boards.SeenItem.objects.create(agent_id=agent_pk, item_id=question.pk)
    boards.SearchDocument.objects.create(
        board=board, entity=card, kind="card", title=card.title, scope=f"{board_word(board.pk)} kcard"
    )


def _items(spec: specs.Spec, card: boards.Card) -> specs.Scenario:
    common = {"spec": spec, "number": 1, "position": 0}
    requirement = specs.Requirement.objects.create(
        **common, kind="functional_requirement", public_id="fr_00000001", text="It works."
    )
    rule = specs.Rule.objects.create(
        **common, kind="rule", public_id="br_00000001", title="Rule", rule="r", when="w", then="t"
    )
    specs.Contract.objects.create(**common, kind="contract", public_id="api_00000001", method="GET", path="/")
    specs.Decision.objects.create(
        **common, kind="decision", public_id="dec_00000001", title="Decision", rationale="Because."
    )
    scenario = specs.Scenario.objects.create(
        **common, kind="scenario", public_id="ts_00000001", title="Scenario", given="g", when="w", then="t"
    )
    specs.ItemLink.objects.create(source=rule, target=requirement)
    specs.ItemTask.objects.create(item=rule, card=card)
    return scenario


def _artefacts(spec: specs.Spec, ideation: specs.Ideation) -> None:
    specs.Snapshot.objects.create(entity=ideation, version=1, body={})
    specs.Knowledge.objects.create(entity=spec, public_id=str(uuid.uuid4()), title="K", content="c", author_id="bob")
    specs.Mockup.objects.create(entity=spec, public_id="sm_00000001", title="M", html_content="<p>x</p>")
    design = specs.ArchitectureDesign.objects.create(entity=spec, title="D", global_description="g")
    specs.ArchitectureVersion.objects.create(design=design, version=1, envelope_snapshot={})
    specs.DiagramPayload.objects.create(
        design=design, diagram_id="d1", format="excalidraw_json", payload={}, content_hash="0" * 64, size_bytes=2
    )
