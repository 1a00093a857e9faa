"""The generated pages say what the code says."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from pulse_project.core import reference


@pytest.mark.parametrize("name", list(reference.PAGES))
def test_a_page_is_up_to_date(name: str) -> None:
    page = (Path(settings.BASE_DIR) / "docs" / name).read_text(encoding="utf-8")
    assert page == reference.PAGES[name](), "run `manage.py docs`"


def test_the_check_names_stale_pages_and_writes_nothing(tmp_path: Path, settings: Any) -> None:
    settings.BASE_DIR = tmp_path
    with pytest.raises(CommandError, match=r"tools\.md, errors\.md, settings\.md, events\.md"):
        call_command("docs", "--check")
    assert list(tmp_path.iterdir()) == []


def test_a_run_writes_every_page(tmp_path: Path, settings: Any) -> None:
    settings.BASE_DIR = tmp_path
    call_command("docs")
    call_command("docs", "--check")
    assert sorted(file.name for file in (tmp_path / "docs").iterdir()) == sorted(reference.PAGES)


def test_secrets_have_no_flag_in_the_settings_page() -> None:
    assert "--api-key" not in reference.settings()
    assert "`PULSE_API_KEY`" in reference.settings()


def test_every_event_that_a_page_puts_in_words_is_documented() -> None:
    from pulse_project.pages.phrases import PHRASES

    assert [event for event in PHRASES if f"`{event}`" not in reference.events()] == []
