"""How strict boards are, in one line and as filters."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from boards import board_settings
from boards.board_settings import DEFAULTS, PRESETS
from boards.models import Board

COVERAGE = (
    "skip_test_coverage_global",
    "skip_rules_coverage_global",
    "skip_trs_coverage_global",
    "skip_contract_coverage_global",
    "skip_decisions_coverage_global",
)
SHORT = {
    "skip_test_coverage_global": "tests",
    "skip_rules_coverage_global": "rules",
    "skip_trs_coverage_global": "technical requirements",
    "skip_contract_coverage_global": "contracts",
    "skip_decisions_coverage_global": "decisions",
    "skip_test_evidence_global": "evidence",
}
ASKED = {
    "require_task_validation": "cards validated",
    "require_spec_validation": "specs validated",
    "require_ideation_evaluation": "ideas evaluated",
    "require_answers": "questions answered",
}


def summary(board: Board) -> str:
    """The preset that a board equals, or else what it asks for and what it skips."""
    found = board_settings.of(board)
    stored = found.model_dump(exclude_defaults=True)
    for name, switches in {"defaults": {}, **PRESETS}.items():
        if stored == dict(switches):
            return name
    asked = [word for key, word in ASKED.items() if getattr(found, key)]
    skipped = [word for key, word in SHORT.items() if getattr(found, key)]
    parts = [", ".join(asked)] if asked else []
    if skipped:
        parts.append("skips all coverage" if len(skipped) == len(SHORT) else f"skips {', '.join(skipped)}")
    return "; ".join(parts) or "own switches"


def differs(key: str) -> Q:
    """Boards on which a switch, true or false, is not as by default: only then it is stored."""
    return Q(**{f"settings__{key}": not getattr(DEFAULTS, key)})


def switch(key: str, words: str, *, keys: tuple[str, ...] = ()) -> type[admin.SimpleListFilter]:
    """A filter on a switch that is off by default; with `keys`, on whether any of several is on."""
    changed = Q()
    for name in keys or (key,):
        changed |= differs(name)

    class Switch(admin.SimpleListFilter):
        parameter_name = key

        def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
            return [("yes", "Yes"), ("no", "No")]

        def queryset(self, request: HttpRequest, queryset: "QuerySet[Board]") -> "QuerySet[Board]":
            if self.value() not in {"yes", "no"}:
                return queryset
            found = Board.objects.filter(changed).values("pk")  # a key that is not stored is neither true nor false
            return queryset.filter(pk__in=found) if self.value() == "yes" else queryset.exclude(pk__in=found)

    Switch.title = words
    return Switch


FILTERS = (
    switch("require_task_validation", "cards validated"),
    switch("require_spec_validation", "specs validated"),
    switch("require_answers", "questions answered"),
    switch("skips_coverage", "skips coverage", keys=COVERAGE),
    switch("skip_test_evidence_global", "skips evidence"),
)
