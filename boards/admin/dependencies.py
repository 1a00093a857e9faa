"""What cards wait for and what tests them in the admin."""

from django.contrib import admin

from boards.models import BugRegressionTest, CardDependency
from pulse_project.core.admin.actions import OperationAction
from pulse_project.core.admin.base import LogAdmin
from pulse_project.core.admin.display import instant


@admin.register(CardDependency)
class CardDependencyAdmin(LogAdmin):
    """Which cards wait for which."""

    list_display = ("card", "depends_on", "since")
    list_select_related = ("card", "depends_on")
    search_fields = ("card__title", "depends_on__title")
    ordering = ("-created_at", "pk")
    operation_actions = (
        OperationAction(
            "remove",
            "Remove",
            "okto_pulse_remove_card_dependency",
            lambda record, _: {"card_id": str(record.card_id), "depends_on_id": str(record.depends_on_id)},
            danger=True,
            consequence="The first cards no longer wait for the second.",
        ),
    )
    since = instant("created_at", "Since")


@admin.register(BugRegressionTest)
class BugRegressionTestAdmin(LogAdmin):
    """Which test cards prove that which bugs are gone."""

    list_display = ("bug", "test_card", "since")
    list_select_related = ("bug", "test_card")
    search_fields = ("bug__title", "test_card__title")
    ordering = ("-created_at", "pk")
    since = instant("created_at", "Since")
