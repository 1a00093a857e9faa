"""The three groups of people: superuser, operator, auditor. Made after every migrate: a flush brings them back."""

from typing import Any

from django.apps import AppConfig, apps

SEEN_BY_ALL = frozenset({"core", "boards", "specs", "nexus", "telemetry", "admin"})
GROUPS = ("superuser", "operator", "auditor")


def ensure_groups(sender: AppConfig, using: str, **_: Any) -> None:
    """Once the last app is migrated: auditors and operators may view every record, superusers may do everything."""
    if sender is not list(apps.get_app_configs())[-1]:
        return
    from django.contrib.auth.models import Group, Permission

    permissions = Permission.objects.using(using).select_related("content_type")
    viewing = [
        item for item in permissions if item.codename.startswith("view_") and item.content_type.app_label in SEEN_BY_ALL
    ]
    granted = {"superuser": list(permissions), "operator": viewing, "auditor": viewing}
    for name in GROUPS:
        group, _created = Group.objects.using(using).get_or_create(name=name)
        group.permissions.set(granted[name])
