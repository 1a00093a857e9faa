"""Sprints: a slice of a spec that is worked on together."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from boards.models import Entity
from specs.models.item import SpecItem
from specs.models.pipeline import Spec


class Sprint(Entity):
    """A slice of a spec. `spec_version` is the version of the spec that it was planned against.

    Deleted by deleting it or with its spec; its cards stay. Cap: none; it is what people plan.
    """

    entity = models.OneToOneField(
        Entity, primary_key=True, parent_link=True, on_delete=models.CASCADE, related_name="as_sprint"
    )
    spec = models.ForeignKey(Spec, on_delete=models.CASCADE, related_name="sprints")
    description = models.TextField(blank=True, default="")
    spec_version = models.PositiveIntegerField(default=1)
    start_date = models.DateTimeField(null=True, blank=True)
    end_date = models.DateTimeField(null=True, blank=True)
    objective = models.TextField(blank=True, default="")
    expected_outcome = models.TextField(blank=True, default="")
    skip_test_coverage = models.BooleanField(default=False)
    skip_rules_coverage = models.BooleanField(default=False)
    skip_qualitative_validation = models.BooleanField(default=False)
    validation_threshold = models.PositiveSmallIntegerField(null=True, blank=True)
    require_task_validation = models.BooleanField(null=True, blank=True)
    validation_min_confidence = models.PositiveSmallIntegerField(null=True, blank=True)
    validation_min_completeness = models.PositiveSmallIntegerField(null=True, blank=True)
    validation_max_drift = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(start_date__isnull=True) | Q(end_date__isnull=True) | Q(end_date__gte=F("start_date")),
                name="specs_sprint_dates",
            ),
        ]


class SprintScope(models.Model):
    """A scenario or rule that a sprint shall settle.

    Deleted by a change of the scope, or with the sprint or item. Cap: one row an item and sprint.
    """

    sprint = models.ForeignKey(Sprint, on_delete=models.CASCADE, related_name="scope", db_index=False)
    item = models.ForeignKey(SpecItem, on_delete=models.CASCADE, related_name="sprints")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["sprint", "item"], name="specs_scope_once")]

    def __str__(self) -> str:
        return f"{self.item_id} in {self.sprint_id}"
