"""People, their groups, and the admin's own log of what they did."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse

from pulse_project.core.admin.base import LogAdmin, ModelAdmin
from pulse_project.core.admin.confirmation import is_confirmed
from pulse_project.core.admin.display import instant, state

DEEDS = {
    ADDITION: ("added", "success", "circle-check"),
    CHANGE: ("changed", "info", "wrench"),
    DELETION: ("deleted", "danger", "trash-2"),
}
LOG_IN_AGAIN = "Your login is older than ten minutes. Log in again, or open a new link, and repeat the step."


class ConfirmedChanges(ModelAdmin):
    """Changes of people and groups ask for a fresh login: who borrows a session must not give itself a password."""

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return _asked(request) or super().changeform_view(request, *args, **kwargs)

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return _asked(request) or super().changelist_view(request, *args, **kwargs)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return _asked(request) or super().delete_view(request, *args, **kwargs)


def _asked(request: HttpRequest) -> HttpResponse | None:
    """Where to go first, None when the step may be taken."""
    if request.method != "POST" or is_confirmed(request):
        return None
    messages.error(request, LOG_IN_AGAIN)
    return redirect_to_login(request.path)


admin.site.unregister([User, Group])


@admin.register(User)
class PersonAdmin(ConfirmedChanges, UserAdmin):  # type: ignore[type-arg]  # generic for the type checker only
    """People who may log in."""

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        return _asked(request) or super().user_change_password(request, id, form_url)


@admin.register(Group)
class PersonGroupAdmin(ConfirmedChanges, GroupAdmin):
    """What people of a group may do in the admin."""


@admin.register(LogEntry)
class LogEntryAdmin(LogAdmin):
    """Who did what in the admin."""

    list_display = ("at", "user", "deed", "content_type", "object_repr", "change_message")
    list_filter = ("action_flag", "action_time")
    list_select_related = ("user", "content_type")
    search_fields = ("object_repr", "change_message", "user__username")
    at = instant("action_time", "time")
    deed = state("action_flag", "action", DEEDS)
