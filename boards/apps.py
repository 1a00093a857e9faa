"""Boards as a Django app."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class BoardsConfig(AppConfig):
    name = "boards"
    verbose_name = "Boards"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        post_migrate.connect(_make_builtin_rows, sender=self, dispatch_uid="pulse-board-presets")


def _make_builtin_rows(**_: Any) -> None:
    from boards.discovery import ensure_intents
    from boards.presets import ensure_builtin_presets

    ensure_builtin_presets()
    ensure_intents()
