"""Write the generated pages of docs/, or check that they are up to date."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from pulse_project.core import reference


class Command(BaseCommand):
    help = "Write docs/tools.md, errors.md, settings.md and events.md from the code."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="Write nothing; fail when a page is out of date.")

    def handle(self, *args: Any, **options: Any) -> None:
        folder = Path(settings.BASE_DIR) / "docs"
        stale = [name for name, page in reference.PAGES.items() if _text(folder / name) != page()]
        if options["check"] and stale:
            raise CommandError(f"Out of date: {', '.join(stale)}. Run manage.py docs.")
        for name in stale:
            folder.mkdir(exist_ok=True)
            (folder / name).write_text(reference.PAGES[name](), encoding="utf-8")
        self.stdout.write(f"{len(stale)} pages written.")


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.is_file() else ""
