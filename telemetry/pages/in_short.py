"""The last 24 hours in two figures, for the home page."""

from dataclasses import dataclass

from pulse_project.core.errors import Failure
from pulse_project.core.principals import Caller
from telemetry.pages.doorway import READ
from telemetry.pages.filters import parse
from telemetry.pages.lines import Grade, grade
from telemetry.pages.look import Look


@dataclass(frozen=True)
class InShort:
    """`state` is full, forbidden or error; `pass_rate` is None without runs."""

    state: str
    events: int = 0
    runs: int = 0
    pass_rate: float | None = None
    failure: Failure | None = None

    @property
    def grade(self) -> Grade | None:
        return grade(self.pass_rate)


def last_day(caller: Caller) -> InShort:
    """Events and pass rate of the last 24 hours."""
    if not caller.holds(READ):
        return InShort("forbidden")
    look = Look(parse({"range": "24h"}), caller)
    try:
        events, runs = look.counts("type")["total"], look.figures("metrics_verification")
    except Failure as failure:
        return InShort("error", failure=failure)
    return InShort("full", events, runs["runs"], runs["pass_rate"])
