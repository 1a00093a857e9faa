"""What is in the repository: no addresses in locks, no foreign places, a version that everybody reads from one file."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from pulse_project.core.version import version

ROOT = Path(__file__).resolve().parents[2]
PLACES = re.compile(r"/work/|/root/|/opt/(?:pypi|wheels)|shared/(?:design|seeds|contracts)")
GENERATED = ("requirements", "static/vendor/")


def _tracked():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def _texts():
    for path in _tracked():
        name = str(path.relative_to(ROOT))
        if not name.startswith(GENERATED) and path != Path(__file__):
            try:
                yield name, path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue


def test_no_file_names_a_place_of_somebody_elses_machine():
    assert {name: PLACES.findall(text) for name, text in _texts() if PLACES.search(text)} == {}


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_locks_hold_hashes_and_no_addresses(name):
    text = (ROOT / name).read_text()
    assert "://" not in text
    pins = re.findall(r"^([a-z0-9][^\s=]*)==", text, re.MULTILINE)
    hashed = re.findall(r"^[a-z0-9][^\n]*\\\n    --hash=sha256:", text, re.MULTILINE)
    assert len(pins) == len(hashed) > 50


def test_the_runtime_lock_is_part_of_the_development_lock():
    runtime, everything = ((ROOT / name).read_text() for name in ("requirements.lock", "requirements-dev.lock"))
    pins = set(re.findall(r"^[a-z0-9]\S*==\S+", runtime, re.MULTILINE))
    assert pins <= set(re.findall(r"^[a-z0-9]\S*==\S+", everything, re.MULTILINE))


def test_every_dependency_has_its_line_in_the_decision():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    decision = (ROOT / "docs" / "adr" / "0009-dependencies.md").read_text().lower()
    names = [re.match(r"[A-Za-z0-9-]+", item)[0].lower() for item in project["dependencies"]]
    assert [name for name in names if name not in decision] == []


def test_the_version_is_the_first_one_of_the_changelog():
    first = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)[1]
    assert version() == first


def test_nothing_unfinished_is_left_in_the_product():
    marker = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b")
    product = {
        name: text
        for name, text in _texts()
        if name.startswith(("pulse_project/", "boards/", "specs/", "nexus/", "telemetry/"))
    }
    assert [name for name, text in product.items() if marker.search(text)] == []
