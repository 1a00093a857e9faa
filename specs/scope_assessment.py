"""How large an idea is: three scores with their reasons, and the complexity that follows from them."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from boards.inputs import MAX_SHORT, UNCHANGED, BoardInput
from specs.models import Ideation

SCORES = ("domains", "ambiguity", "dependencies")
JUSTIFICATIONS = tuple(f"{name}_justification" for name in SCORES)
LARGE_FROM, MEDIUM_FROM = 3, 2

Score = Annotated[int | None, UNCHANGED, Field(ge=1, le=5, description='1 to 5; "" = not given.')]
Reason = Annotated[str | None, UNCHANGED, Field(max_length=MAX_SHORT, description='Why; "" = not given.')]


class Assessment(BoardInput):
    """Scores from 1 (small) to 5, each with a reason."""

    domains: Score = None
    domains_justification: Reason = None
    ambiguity: Score = None
    ambiguity_justification: Reason = None
    dependencies: Score = None
    dependencies_justification: Reason = None


def given_in(data: Assessment) -> dict[str, Any]:
    """What an input says about the scope, without what it leaves open."""
    return {name: getattr(data, name) for name in (*SCORES, *JUSTIFICATIONS) if getattr(data, name) is not None}


def complexity_of(assessment: Mapping[str, Any] | None) -> str:
    """large if any score is at least 3, else medium if any is 2, else small; what is not scored counts as 1.

    Empty without an assessment: nobody has judged the idea.
    """
    if not assessment:
        return ""
    highest = max(int(assessment.get(name, 1)) for name in SCORES)
    if highest >= LARGE_FROM:
        return Ideation.Complexity.LARGE.value
    return Ideation.Complexity.MEDIUM.value if highest >= MEDIUM_FROM else Ideation.Complexity.SMALL.value
