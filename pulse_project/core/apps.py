"""The core app: loads every app's operations, topics and subscribers when Django is ready."""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate

DECLARING_MODULES = ("flags", "logs", "operations", "topics", "subscribers", "health", "checks", "admin_actions")


class CoreConfig(AppConfig):
    name = "pulse_project.core"
    label = "core"
    verbose_name = "Access and system"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        post_migrate.connect(_make_presets, sender=self, dispatch_uid="pulse-presets")
        for config in apps.get_app_configs():
            if config.name.split(".", 1)[0] in {"pulse_project", "boards", "specs", "nexus", "telemetry", "knowledge"}:
                load_declarations(config.name)


def _make_presets(**_: Any) -> None:
    from pulse_project.core.identity import ensure_builtin_presets

    ensure_builtin_presets()


def load_declarations(package: str) -> None:
    """Import the modules in which an app declares things; a missing module is no error, a failing one is."""
    for name in DECLARING_MODULES:
        dotted = f"{package}.{name}"
        if dotted != "pulse_project.core.operations" and find_spec(dotted) is not None:
            import_module(dotted)
