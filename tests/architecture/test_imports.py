"""The layers hold, and nothing below them knows a transport or a neighbour."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FORBIDDEN_NAMES = {"utils.py", "helpers.py", "common.py", "misc.py"}
CARRIERS = {
    "pulse_project/core/executor.py",  # answers INTERNAL_ERROR
    "pulse_project/core/pools.py",  # carries the error to the awaiting caller
    "pulse_project/core/deliveries.py",  # keeps a failed delivery for another attempt
    "pulse_project/core/tail/isolation.py",  # keeps one listener's fault from the others
}


def test_the_import_contracts_hold():
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_nothing_is_called_utils():
    found = [
        path
        for app in ("pulse_project", "boards", "specs", "nexus", "telemetry")
        for path in (ROOT / app).rglob("*.py")
    ]
    assert [path for path in found if path.name in FORBIDDEN_NAMES] == []


def test_no_module_is_called_mcp():
    """django-mcp-server imports every `<app>/mcp.py` while Django starts."""
    assert not [
        path
        for app in ("pulse_project", "boards", "specs", "nexus", "telemetry")
        for path in (ROOT / app).rglob("mcp.py")
    ]


@pytest.mark.parametrize("name", ["boot", "conf", "home", "version", "secret_key"])
def test_what_runs_before_django_needs_the_standard_library_only(name):
    program = f"import sys, pulse_project.core.{name}; print(*sorted(m.partition('.')[0] for m in sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"django", "pydantic", "mcp"} & set(done.stdout.split())


def test_only_the_carriers_catch_everything():
    broad = {
        str(path.relative_to(ROOT))
        for app in ("pulse_project", "boards", "specs", "nexus", "telemetry")
        for path in (ROOT / app).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ExceptHandler) and _is_broad(node) and not _raises_again(node)
    }
    assert broad <= CARRIERS


def _is_broad(handler):
    return handler.type is None or (
        isinstance(handler.type, ast.Name) and handler.type.id in {"Exception", "BaseException"}
    )


def _raises_again(handler):
    return any(isinstance(node, ast.Raise) and node.exc is None for node in ast.walk(handler))
