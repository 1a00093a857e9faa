"""The page after an action that met refusals: how many went through, every reason, and what would help."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, reverse

from pulse_project.core.admin.display import number_of
from pulse_project.core.errors import Failure

MOST_ROWS = 50
MOST_REASONS = 12


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that is in the way, and what helps; `url` leads to the object that it is about."""

    message: str
    fix: str = ""
    url: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """What was found for one record: a sentence, and the conditions behind it. `good` rows ask for nothing."""

    record: Any
    sentence: str
    conditions: Sequence[Condition] = ()
    code: str = ""
    good: bool = False

    @property
    def url(self) -> str:
        meta = self.record._meta
        try:
            return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[self.record.pk])
        except NoReverseMatch:
            return ""

    @property
    def reasons(self) -> set[str]:
        """The codes for which it is counted, each once."""
        return {condition.code for condition in self.conditions if condition.code} or {self.code}


@dataclass(frozen=True, slots=True)
class Report:
    """The whole page. Long ones are cut: the reasons count what is not shown."""

    title: str
    summary: str
    rows: Sequence[Row]
    good: bool = False
    headings: tuple[str, str] = ("Why not", "What helps")
    most: int = field(default=MOST_ROWS)

    @property
    def shown(self) -> Sequence[Row]:
        return self.rows[: self.most]

    @property
    def hidden(self) -> int:
        return max(0, len(self.rows) - self.most)

    @property
    def reasons(self) -> list[tuple[str, int]]:
        """Reason and number of records, the most frequent first; empty where the rows speak for themselves."""
        found = Counter(reason for row in self.rows if not row.good for reason in row.reasons if reason)
        return found.most_common(MOST_REASONS) if len(self.rows) > 1 else []


def refused(record: Any, failure: Failure, note: str = "") -> Row:
    """The row of a record whose operation was refused."""
    unmet = int(failure.details.get("unmet_total") or len(failure.details.get("unmet") or ()))
    message = f"{number_of(unmet, 'unmet condition')}." if unmet else failure.message
    sentence = " ".join(part for part in (f"{message} ({failure.code})", note) if part)
    return Row(record, sentence, conditions_of(failure), failure.code.value)


def conditions_of(failure: Failure) -> list[Condition]:
    """Every unmet condition that a refusal names, or the way that it shows, or the right that is missing."""
    details = failure.details
    if details.get("unmet"):
        left = int(details.get("unmet_total", 0)) - len(details["unmet"])
        more = [Condition(f"And {left} more conditions.")] if left > 0 else []
        return [*unmet_conditions(details["unmet"]), *more]
    if details.get("path"):
        return [Condition("The shortest way: " + " → ".join(_words(step) for step in details["path"]))]
    if details.get("required_permission"):
        return [Condition(f"Missing right: {details['required_permission']}")]
    return []


def unmet_conditions(unmet: Iterable[Mapping[str, Any]]) -> list[Condition]:
    """Conditions in the published shape `{code, message, subject, fix, skip}`, with the fix in words."""
    return [
        Condition(item["message"], fix_in_words(item), item.get("fix", {}).get("url", ""), item.get("code", ""))
        for item in unmet
    ]


def fix_in_words(item: Mapping[str, Any]) -> str:
    """What helps against an unmet condition: the fix, what it asks for, and the switch that turns the condition off."""
    fix, skip = item.get("fix") or {}, item.get("skip")
    parts = [_sentence(fix.get("label", ""))]
    if fix.get("needs"):
        parts.append(f"It asks for {', '.join(_words(name) for name in fix['needs'])}.")
    if fix.get("operation") and not fix.get("allowed", True):
        parts.append("You lack the right to do that.")
    if skip:
        parts.append(f"Or change {skip['setting']} of the {skip['scope']}.")
    return " ".join(part for part in parts if part)


def _sentence(text: str) -> str:
    return text if not text or text.endswith(".") else f"{text}."


def _words(name: str) -> str:
    return name.replace("_", " ")


def page(model_admin: Any, request: HttpRequest, report: Report) -> HttpResponse:
    context = {
        **model_admin.admin_site.each_context(request),
        "title": report.title,
        "report": report,
        "opts": model_admin.model._meta,
    }
    return TemplateResponse(request, "admin/action_result.html", context)
