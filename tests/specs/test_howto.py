"""What the documents tell a newcomer to call exists and works, word for word."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from pulse_project.core.operations import REGISTRY
from tests.conftest import run

ROOT = Path(__file__).resolve().parents[2]
HOWTO = ROOT / "docs/howto/plan-on-boards.md"
CALL = re.compile(r"\bop (\w+) +'(\{.*?\})'")
TOLD = [HOWTO, *(page for app in ("boards", "specs") for page in (ROOT / app / "handbook").rglob("*.*"))]
NAME = re.compile(r"okto_pulse_(?:[a-z_]+\*?)*")


def test_the_way_from_an_idea_to_a_finished_card_can_be_walked(operator: Any, db: None) -> None:
    run("okto_pulse_create_board", operator, name="Calls", preset="light")
    answers = [
        run(f"okto_pulse_{name}", operator, **json.loads(text)) for name, text in CALL.findall(HOWTO.read_text())
    ]
    assert [answer for answer in answers if "error" in answer] == []
    assert answers[-3]["card"]["status"] == "done"


@pytest.mark.parametrize("page", TOLD, ids=lambda page: page.name)
def test_every_tool_that_a_page_names_exists(page: Path) -> None:
    patterns = [re.escape(name).replace(r"\*", ".*") for name in NAME.findall(page.read_text()) if name[11:]]
    assert [one for one in patterns if not any(re.fullmatch(one, name) for name in REGISTRY)] == []
