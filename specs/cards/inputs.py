"""Arguments of the operations that make, change and move cards."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from boards.call import work_in
from boards.inputs import (
    MAX_TITLE,
    NO_NUMBER,
    UNCHANGED,
    ExpectedVersion,
    Id,
    Labels,
    MaybeId,
    NewLabels,
    NewPerson,
    NewText,
    NewValues,
    OnBoard,
    OnObject,
    Text,
    Values,
)
from specs import states

Status = Literal["not_started", "started", "in_progress", "validation", "on_hold", "done", "cancelled"]
CardType = Literal["normal", "bug", "test"]
Priority = Literal["critical", "very_high", "high", "medium", "low", "none"]
Severity = Literal["critical", "major", "minor"]
WORK_IN = work_in("card")
EARLIEST_YEAR = 1970


def _in_utc(moment: datetime) -> datetime:
    """The moment in UTC; without a zone it is meant to be UTC."""
    try:
        found = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError as error:
        raise ValueError("is no date that can be stored.") from error
    if found.year < EARLIEST_YEAR:
        raise ValueError(f"is before {EARLIEST_YEAR}.")
    return found


Moment = Annotated[datetime, AfterValidator(_in_utc)]
CardTitle = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TITLE)]
Percent = Annotated[int | None, NO_NUMBER, Field(ge=-1, le=100, description="0 to 100; -1 = not given.")]
Position = Annotated[
    int, Field(ge=-1, le=1_000_000, description="0-based place in the column without this card; -1 = at its end.")
]


class NewCard(OnBoard):
    title: CardTitle
    spec_id: MaybeId = ""
    description: Text = ""
    details: Text = ""
    status: Annotated[Literal["not_started", "started"], Field(description="Later ones by move_card.")] = "not_started"
    priority: Priority = "none"
    assignee_id: Annotated[str, Field(max_length=160)] = ""
    labels: Labels = Field(default=[])
    due_date: Annotated[Moment | None, UNCHANGED] = None
    test_scenario_ids: Values = Field(default=[], description="Scenarios of the spec that the card tests.")
    card_type: CardType = "normal"
    origin_task_id: Annotated[MaybeId, Field(description="Where a bug was found; its spec is that card's.")] = ""
    severity: Literal["", "critical", "major", "minor"] = ""
    expected_behavior: Text = ""
    observed_behavior: Text = ""
    steps_to_reproduce: Text = ""
    action_plan: Text = ""


class CardChange(OnObject):
    card_id: Id
    title: Annotated[CardTitle, UNCHANGED] = ""
    description: NewText = ""
    details: NewText = ""
    priority: Annotated[Priority | None, UNCHANGED] = None
    due_date: Annotated[Moment | None, UNCHANGED] = None
    assignee_id: NewPerson = ""
    labels: NewLabels = None
    test_scenario_ids: NewValues = None
    severity: Annotated[Severity | None, UNCHANGED] = None
    expected_behavior: NewText = ""
    observed_behavior: NewText = ""
    steps_to_reproduce: NewText = ""
    action_plan: NewText = ""
    linked_test_task_ids: NewValues = None
    expected_version: ExpectedVersion = None

    @model_validator(mode="before")
    @classmethod
    def _refuse_moves(cls, given: Any) -> Any:
        if isinstance(given, Mapping):
            states.no_status(given, "card")
        return given


class CardMove(OnObject):
    card_id: Id
    status: Status
    position: Position = -1
    conclusion: Annotated[Text, Field(description="What was done: the report that validation and done take.")] = ""
    completeness: Percent = None
    completeness_justification: Text = ""
    drift: Percent = None
    drift_justification: Text = ""
    expected_version: ExpectedVersion = None
