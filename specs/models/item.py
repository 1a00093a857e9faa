"""The items of a spec, each with an id and a reference of its own, and the links between them and to cards."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q

from boards.models import Card
from pulse_project.core import clock
from specs.models.pipeline import Spec

PREFIXES = {
    "functional_requirement": ("FR", "fr_"),
    "technical_requirement": ("TR", "tr_"),
    "acceptance_criterion": ("AC", "ac_"),
    "rule": ("BR", "br_"),
    "contract": ("API", "api_"),
    "scenario": ("TS", "ts_"),
    "decision": ("DEC", "dec_"),
}


class SpecItem(models.Model):
    """One numbered statement of a spec. Rewording keeps id, reference and links.

    `public_id` is unique in its spec; `FR-2` is its reference there. `position` orders items of one kind.
    Deleted by removing it, or with its spec. Cap: 500 of a kind in a spec.
    """

    class Kind(models.TextChoices):
        FUNCTIONAL = "functional_requirement"
        TECHNICAL = "technical_requirement"
        CRITERION = "acceptance_criterion"
        RULE = "rule"
        CONTRACT = "contract"
        SCENARIO = "scenario"
        DECISION = "decision"

    spec = models.ForeignKey(Spec, on_delete=models.CASCADE, related_name="items", db_index=False)
    kind = models.CharField(max_length=22, choices=Kind.choices)
    public_id = models.CharField(max_length=16)
    number = models.PositiveIntegerField()
    position = models.PositiveIntegerField()
    revision = models.PositiveIntegerField(default=1)
    created_by = models.CharField(max_length=160, blank=True, default="")
    created_at = models.DateTimeField(default=clock.now)
    updated_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["spec", "public_id"], name="specs_item_id"),
            models.UniqueConstraint(fields=["spec", "kind", "number"], name="specs_item_number"),
            models.CheckConstraint(condition=Q(kind__in=list(PREFIXES)), name="specs_item_kind"),
        ]
        indexes: ClassVar = [models.Index(fields=["spec", "kind", "position"], name="specs_item_order")]

    def __str__(self) -> str:
        return f"{self.ref} of {self.spec_id}"

    @property
    def ref(self) -> str:
        return f"{PREFIXES[self.kind][0]}-{self.number}"


class Requirement(SpecItem):
    """A functional or technical requirement, or an acceptance criterion.

    Deleted by leaving it out of an update, when nothing links to it. Cap: 500 of a kind in a spec.
    """

    item = models.OneToOneField(
        SpecItem, primary_key=True, parent_link=True, on_delete=models.CASCADE, related_name="as_requirement"
    )
    text = models.TextField()

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=~Q(text=""), name="specs_requirement_text")]


class Rule(SpecItem):
    """A business rule: what holds, when, and what follows.

    Deleted by remove_business_rule. Cap: 500 in a spec.
    """

    item = models.OneToOneField(
        SpecItem, primary_key=True, parent_link=True, on_delete=models.CASCADE, related_name="as_rule"
    )
    title = models.CharField(max_length=500)
    rule = models.TextField()
    when = models.TextField()
    then = models.TextField()
    notes = models.TextField(blank=True, default="")


class Contract(SpecItem):
    """An interface that the spec promises.

    Deleted by remove_api_contract. Cap: 500 in a spec.
    """

    item = models.OneToOneField(
        SpecItem, primary_key=True, parent_link=True, on_delete=models.CASCADE, related_name="as_contract"
    )
    method = models.CharField(max_length=40)
    path = models.CharField(max_length=1000)
    description = models.TextField(blank=True, default="")
    request_body: Any = models.JSONField(null=True, blank=True)
    response_success: Any = models.JSONField(null=True, blank=True)
    response_errors: Any = models.JSONField(null=True, blank=True)
    notes = models.TextField(blank=True, default="")


class Scenario(SpecItem):
    """A test in given, when and then. Its evidence is kept in rows of its own.

    Deleted by delete_test_scenario, or the end of its spec. Cap: 500 in a spec.
    """

    class Type(models.TextChoices):
        UNIT = "unit"
        INTEGRATION = "integration"
        E2E = "e2e"
        MANUAL = "manual"

    class Status(models.TextChoices):
        DRAFT = "draft"
        READY = "ready"
        AUTOMATED = "automated"
        PASSED = "passed"
        FAILED = "failed"

    item = models.OneToOneField(
        SpecItem, primary_key=True, parent_link=True, on_delete=models.CASCADE, related_name="as_scenario"
    )
    title = models.CharField(max_length=500)
    scenario_type = models.CharField(max_length=11, choices=Type.choices, default=Type.INTEGRATION)
    given = models.TextField()
    when = models.TextField()
    then = models.TextField()
    notes = models.TextField(blank=True, default="")
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.DRAFT)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(scenario_type__in=["unit", "integration", "e2e", "manual"]), name="specs_scenario_type"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "ready", "automated", "passed", "failed"]),
                name="specs_scenario_status",
            ),
        ]


class Decision(SpecItem):
    """A design decision. An active one may supersede another.

    Deleted by the end of its spec; removing it sets it to revoked. Cap: 500 in a spec.
    """

    class Status(models.TextChoices):
        ACTIVE = "active"
        SUPERSEDED = "superseded"
        REVOKED = "revoked"

    item = models.OneToOneField(
        SpecItem, primary_key=True, parent_link=True, on_delete=models.CASCADE, related_name="as_decision"
    )
    title = models.CharField(max_length=500)
    rationale = models.TextField()
    context = models.TextField(blank=True, default="")
    alternatives_considered: Any = models.JSONField(default=list, blank=True)
    supersedes = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="superseded_by"
    )
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ACTIVE)
    notes = models.TextField(blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(status__in=["active", "superseded", "revoked"]), name="specs_decision_status"
            ),
            models.CheckConstraint(
                condition=Q(supersedes__isnull=True) | ~Q(supersedes=F("pk")), name="specs_decision_not_itself"
            ),
        ]


class ItemLink(models.Model):
    """`source` refers to `target` in the same spec: a rule to a requirement, a scenario to a criterion, ...

    Deleted by a change of the source's links, or with either item. Cap: none; it is what people link.
    """

    source = models.ForeignKey(SpecItem, on_delete=models.CASCADE, related_name="links", db_index=False)
    target = models.ForeignKey(SpecItem, on_delete=models.CASCADE, related_name="backlinks")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source", "target"], name="specs_link_once"),
            models.CheckConstraint(condition=~Q(source=F("target")), name="specs_link_not_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} -> {self.target_id}"


class ItemTask(models.Model):
    """A card works on an item; for a scenario: the card tests it.

    Deleted by unlinking, or with the item or card. Cap: none; it is what people link.
    """

    item = models.ForeignKey(SpecItem, on_delete=models.CASCADE, related_name="tasks", db_index=False)
    card = models.ForeignKey(Card, on_delete=models.CASCADE, related_name="items")
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["item", "card"], name="specs_task_once")]

    def __str__(self) -> str:
        return f"{self.item_id} by {self.card_id}"
