"""Power loss: only what was synced remains. Nothing acknowledged is lost, and relaxed durability loses something."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.durability.conftest import acknowledged, stored


@pytest.fixture(scope="session")
def power_library(tmp_path_factory) -> Path:
    library = tmp_path_factory.mktemp("library") / "power.so"
    source = Path(__file__).with_name("power.c")
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl", "-lpthread"], check=True)
    return library


@pytest.fixture
def powered(home, tmp_path, power_library) -> dict[str, str]:
    """The environment of a process whose files are copied at each sync."""
    shadow = tmp_path / "shadow"
    shadow.mkdir()
    shutil.copy(home / "pulse.sqlite3", shadow)
    return {"LD_PRELOAD": str(power_library), "POWER_ROOT": str(home), "POWER_SHADOW": str(shadow)}


def after_power_loss(powered: dict[str, str]) -> list[int]:
    return stored(Path(powered["POWER_SHADOW"]) / "pulse.sqlite3")


@pytest.mark.parametrize(
    ("command", "writes"), [(("write", "1", "0"), 60), (("write", "4", "0"), 250), (("serve", "8"), 700)]
)
def test_full_durability_loses_nothing_that_was_acknowledged(start, powered, command, writes):
    known = acknowledged(start(*command, **powered), count=writes)
    found = after_power_loss(powered)
    assert set(known) <= set(found)
    assert found == list(range(1, len(found) + 1))


def test_relaxed_durability_loses_writes_so_this_test_can_find_losses(start, powered):
    process = start("serve", "4", PULSE_DURABILITY="relaxed", **powered)
    known = acknowledged(process, count=250)
    found = after_power_loss(powered)
    assert set(known) - set(found)
    assert found == list(range(1, len(found) + 1))


def test_a_failed_sync_is_not_acknowledged_and_ends_the_server(start, powered, home):
    process = start("serve", "1", POWER_FAIL_AT="20", **powered)
    lines, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "the disk refused to sync" in errors
    assert len(lines.splitlines()) < len(stored(home / "pulse.sqlite3"))
