"""What was reported: proof of scenarios and the reports of finished cards. Rows are added, never changed."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from boards.models import Card
from pulse_project.core import clock
from specs.models.item import Scenario


class ScenarioEvidence(models.Model):
    """The proof that came with one change of a scenario's status; the newest row counts.

    Deleted by the end of its scenario. Cap: one row a change of status.
    """

    scenario = models.ForeignKey(Scenario, on_delete=models.CASCADE, related_name="evidence", db_index=False)
    status = models.CharField(max_length=9)
    test_file_path = models.CharField(max_length=1000, blank=True, default="")
    test_function = models.CharField(max_length=500, blank=True, default="")
    last_run_at = models.CharField(max_length=64, blank=True, default="", help_text="As sent.")
    test_run_id = models.CharField(max_length=255, blank=True, default="")
    output_snippet = models.TextField(blank=True, default="")
    was_skipped = models.BooleanField(default=False, help_text="The board asked for no proof.")
    submitted_by = models.CharField(max_length=160)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name_plural = "scenario evidence"
        indexes: ClassVar = [models.Index(fields=["scenario", "-id"], name="specs_evidence_newest")]

    def __str__(self) -> str:
        return f"{self.status} of {self.scenario_id}"


class CardReport(models.Model):
    """The report of work on a card: what was done, how complete (0-100) and how far off the plan (0-100).

    Deleted by the end of its card; an undone move only withdraws it. Cap: one row a move to validation or done.
    """

    class Source(models.TextChoices):
        MOVE_TO_VALIDATION = "move_to_validation"
        MOVE_TO_DONE = "move_to_done"
        TASK_VALIDATION = "task_validation"

    card = models.ForeignKey(Card, on_delete=models.CASCADE, related_name="reports", db_index=False)
    text = models.TextField()
    completeness = models.PositiveSmallIntegerField()
    completeness_justification = models.TextField()
    drift = models.PositiveSmallIntegerField()
    drift_justification = models.TextField()
    source = models.CharField(max_length=18, choices=Source.choices)
    validation_id = models.CharField(max_length=16, blank=True, default="")
    author_id = models.CharField(max_length=160)
    created_at = models.DateTimeField(default=clock.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(completeness__lte=100) & Q(drift__lte=100), name="specs_report_range"),
        ]
        indexes: ClassVar = [models.Index(fields=["card", "created_at"], name="specs_report_order")]

    def __str__(self) -> str:
        return f"{self.source} of {self.card_id}"
