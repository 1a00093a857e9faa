"""Texts that follow from what went before: the context of a derived spec, the first description of a refinement."""

from collections.abc import Iterable, Sequence

from boards.models import Question
from specs.models import Ideation, Refinement
from specs.scope_assessment import SCORES


def _section(title: str, body: str) -> str:
    return f"## {title}\n\n{body}" if body else ""


def _bullets(items: Iterable[str]) -> str:
    """Items as a list; further lines of an item stay part of it."""
    return "\n".join("- " + item.strip().replace("\n", "\n  ") for item in items if item.strip())


def _joined(sections: Iterable[str]) -> str:
    return "\n\n".join(filter(None, sections))


def _scope(ideation: Ideation) -> str:
    scores = ideation.scope_assessment or {}
    lines = []
    for name in SCORES:
        if name in scores:
            reason = scores.get(f"{name}_justification")
            lines.append(f"{name.title()}: {scores[name]} of 5" + (f". {reason}" if reason else ""))
    return _bullets(lines)


def _sections_of(ideation: Ideation) -> list[str]:
    return [
        _section("Problem Statement", ideation.problem_statement.strip()),
        _section("Proposed Approach", ideation.proposed_approach.strip()),
        _section("Scope Assessment", _scope(ideation)),
    ]


def ideation_context(ideation: Ideation) -> str:
    """What a spec of an ideation starts from: problem, approach and scope, else the description."""
    return _joined(_sections_of(ideation)) or ideation.description


def refinement_context(refinement: Refinement) -> str:
    """What a spec of a refinement starts from."""
    return _joined(
        [
            _section("In Scope", _bullets(refinement.in_scope)),
            _section("Out of Scope", _bullets(refinement.out_of_scope)),
            _section("Analysis", refinement.analysis.strip()),
            _section("Decisions", _bullets(refinement.decisions)),
        ]
    )


def refinement_description(ideation: Ideation, answered: Sequence[Question]) -> str:
    """What a refinement says that nobody described: the ideation and its answered questions."""
    answers = _bullets(f"{question.question}\n{_answer(question)}" for question in answered)
    return _joined([*_sections_of(ideation), _section("Questions and Answers", answers)]) or ideation.description


def _answer(question: Question) -> str:
    labels = {choice["id"]: choice["label"] for choice in question.choices}
    chosen = [str(labels.get(option, option)) for option in question.selected or ()]
    return ". ".join(filter(None, ["; ".join(chosen), question.answer or ""]))
