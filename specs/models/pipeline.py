"""From an idea to a specification: ideation, refinement, spec, and what they were when they were done."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from boards.models import Entity
from pulse_project.core import clock


class Ideation(Entity):
    """An idea and how it is judged. `scope_assessment` holds three scores from 1 to 5 with their justifications.

    Deleted by delete_ideation, or by the end of its board. Cap: none; it is what people plan.
    """

    class Complexity(models.TextChoices):
        SMALL = "small"
        MEDIUM = "medium"
        LARGE = "large"

    entity = models.OneToOneField(
        Entity, primary_key=True, parent_link=True, on_delete=models.CASCADE, related_name="as_ideation"
    )
    description = models.TextField(blank=True, default="")
    problem_statement = models.TextField(blank=True, default="")
    proposed_approach = models.TextField(blank=True, default="")
    scope_assessment: Any = models.JSONField(null=True, blank=True)
    complexity = models.CharField(max_length=6, choices=Complexity.choices, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(complexity__in=["", "small", "medium", "large"]), name="specs_ideation_complexity"
            ),
        ]


class Refinement(Entity):
    """A part of a done ideation, with what belongs to it, what does not, and what was decided.

    Deleted by delete_refinement, or with its ideation. Cap: none; it is what people plan.
    """

    entity = models.OneToOneField(
        Entity, primary_key=True, parent_link=True, on_delete=models.CASCADE, related_name="as_refinement"
    )
    ideation = models.ForeignKey(Ideation, on_delete=models.CASCADE, related_name="refinements")
    description = models.TextField(blank=True, default="")
    in_scope: Any = models.JSONField(default=list, blank=True)
    out_of_scope: Any = models.JSONField(default=list, blank=True)
    analysis = models.TextField(blank=True, default="")
    decisions: Any = models.JSONField(default=list, blank=True)


class Spec(Entity):
    """What shall be built. Its content is locked exactly in validated, in_progress and done.

    `last_numbers` are the last references of its items by kind, so that none is given twice.
    Deleted by delete_spec, or by the end of its board; its cards stay. Cap: none; it is what people plan.
    """

    entity = models.OneToOneField(
        Entity, primary_key=True, parent_link=True, on_delete=models.CASCADE, related_name="as_spec"
    )
    ideation = models.ForeignKey(Ideation, null=True, blank=True, on_delete=models.SET_NULL, related_name="specs")
    refinement = models.ForeignKey(Refinement, null=True, blank=True, on_delete=models.SET_NULL, related_name="specs")
    description = models.TextField(blank=True, default="")
    context = models.TextField(blank=True, default="")
    skip_test_coverage = models.BooleanField(default=False)
    skip_rules_coverage = models.BooleanField(default=False)
    skip_trs_coverage = models.BooleanField(default=False)
    skip_decisions_coverage = models.BooleanField(default=False)
    skip_contract_coverage = models.BooleanField(default=False)
    skip_qualitative_validation = models.BooleanField(default=False)
    validation_threshold = models.PositiveSmallIntegerField(null=True, blank=True)
    require_task_validation = models.BooleanField(null=True, blank=True)
    validation_min_confidence = models.PositiveSmallIntegerField(null=True, blank=True)
    validation_min_completeness = models.PositiveSmallIntegerField(null=True, blank=True)
    validation_max_drift = models.PositiveSmallIntegerField(null=True, blank=True)
    locked_at = models.DateTimeField(null=True, blank=True)
    locked_by = models.CharField(max_length=160, blank=True, default="")
    last_numbers: Any = models.JSONField(default=dict, blank=True)


class Snapshot(models.Model):
    """An ideation or refinement as it was when it was done, with its questions. Never changed.

    Deleted by the end of its object. Cap: one row a version that was done.
    """

    entity = models.ForeignKey(Entity, on_delete=models.CASCADE, related_name="snapshots", db_index=False)
    version = models.PositiveIntegerField()
    body: Any = models.JSONField()
    created_by = models.CharField(max_length=160, blank=True, default="")
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["entity", "version"], name="specs_snapshot_once")]

    def __str__(self) -> str:
        return f"version {self.version} of {self.entity_id}"
