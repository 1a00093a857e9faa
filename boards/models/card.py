"""Cards: units of work, their order and what they wait for."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from boards.models.entity import Entity
from pulse_project.core import clock


class Card(Entity):
    """A unit of work: normal, test or bug. `rank` orders a column; answers show the dense place instead.

    Deleted by delete_card, or by the end of its board. Cap: none; it is what people plan.
    """

    class Type(models.TextChoices):
        NORMAL = "normal"
        TEST = "test"
        BUG = "bug"

    class Priority(models.TextChoices):
        CRITICAL = "critical"
        VERY_HIGH = "very_high"
        HIGH = "high"
        MEDIUM = "medium"
        LOW = "low"
        NONE = "none"

    class Severity(models.TextChoices):
        CRITICAL = "critical"
        MAJOR = "major"
        MINOR = "minor"

    entity = models.OneToOneField(
        Entity, primary_key=True, parent_link=True, on_delete=models.CASCADE, related_name="as_card"
    )
    spec = models.ForeignKey("specs.Spec", null=True, blank=True, on_delete=models.SET_NULL, related_name="cards")
    sprint = models.ForeignKey("specs.Sprint", null=True, blank=True, on_delete=models.SET_NULL, related_name="cards")
    description = models.TextField(blank=True, default="")
    details = models.TextField(blank=True, default="")
    priority = models.CharField(max_length=9, choices=Priority.choices, default=Priority.NONE)
    rank = models.BigIntegerField(default=0)
    due_date = models.DateTimeField(null=True, blank=True)
    card_type = models.CharField(max_length=6, choices=Type.choices, default=Type.NORMAL)
    origin_task = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="bugs")
    severity = models.CharField(max_length=8, choices=Severity.choices, blank=True, default="")
    expected_behavior = models.TextField(blank=True, default="")
    observed_behavior = models.TextField(blank=True, default="")
    steps_to_reproduce = models.TextField(blank=True, default="")
    action_plan = models.TextField(blank=True, default="")
    started_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True, db_index=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(card_type__in=["normal", "test", "bug"]), name="boards_card_type"),
            models.CheckConstraint(
                condition=Q(priority__in=["critical", "very_high", "high", "medium", "low", "none"]),
                name="boards_card_priority",
            ),
            models.CheckConstraint(
                condition=Q(severity__in=["", "critical", "major", "minor"]), name="boards_card_severity"
            ),
            models.CheckConstraint(
                condition=~Q(card_type="bug") | ~Q(severity=""), name="boards_card_bug_has_severity"
            ),
        ]


class CardDependency(models.Model):
    """`card` waits until `depends_on` is done, cancelled or archived.

    Deleted by remove_card_dependency, or by the end of either card. Cap: none; cycles are refused.
    """

    card = models.ForeignKey(Card, on_delete=models.CASCADE, related_name="dependencies", db_index=False)
    depends_on = models.ForeignKey(Card, on_delete=models.CASCADE, related_name="dependents")
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name_plural = "card dependencies"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["card", "depends_on"], name="boards_dependency_once"),
            models.CheckConstraint(condition=~Q(card=F("depends_on")), name="boards_dependency_not_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.card_id} waits for {self.depends_on_id}"


class BugRegressionTest(models.Model):
    """A test card that shall show that a bug is gone.

    Deleted by an update of the bug, or by the end of either card. Cap: none; it is what people link.
    """

    bug = models.ForeignKey(Card, on_delete=models.CASCADE, related_name="regression_tests", db_index=False)
    test_card = models.ForeignKey(Card, on_delete=models.CASCADE, related_name="tested_bugs")
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["bug", "test_card"], name="boards_regression_once"),
            models.CheckConstraint(condition=~Q(bug=F("test_card")), name="boards_regression_not_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.bug_id} tested by {self.test_card_id}"
