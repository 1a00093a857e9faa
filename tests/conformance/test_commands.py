"""Commands of operators: what they print, where, and how they end."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.serve.conftest import Install


@pytest.fixture(scope="module")
def install(tmp_path_factory: pytest.TempPathFactory) -> Install:
    """An install with two agents without keys."""
    place = Install(tmp_path_factory.mktemp("commands") / "home")
    for agent_id in ("alice", "bob"):
        assert place.run("op", "agent_register", json.dumps({"agent_id": agent_id})).returncode == 0
    return place


@pytest.fixture
def root(tmp_path: Path) -> str:
    return str(tmp_path)


def printed(done: Any) -> Any:
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def test_missing_keys_are_issued_once_and_open_the_bus(install: Install, root: str) -> None:
    first, again = (printed(install.run("admin", "issue-keys", "--project-root", root)) for _ in range(2))
    assert (set(first), first["issued"], set(first["keys"])) == ({"issued", "keys", "warning"}, 2, {"alice", "bob"})
    assert (set(again), again["issued"]) == ({"issued", "note"}, 0)
    named = install.run("op", "agent_whoami", OKTO_NEXUS_API_KEY=first["keys"]["bob"])
    assert printed(named)["data"]["agent_id"] == "bob"


def test_a_dry_run_counts_and_skips_the_vacuum(install: Install, root: str) -> None:
    report = printed(install.run("admin", "prune", "--project-root", root, "--dry-run", "--vacuum"))
    assert (report["dry_run"], report["vacuum"]["requested"], report["vacuum"]["ran"]) == (True, True, False)
    assert report["vacuum"]["skipped_reason"]
    assert report["windows_days"] == {"events": 30, "read_deliveries": 14, "closed_sessions": 7}


def test_a_run_compacts_and_takes_its_own_windows(install: Install, root: str) -> None:
    windows = ["--events-keep-days", "0", "--read-deliveries-keep-days=1", "--closed-sessions-keep-days", "2"]
    report = printed(install.run("admin", "prune", "--project-root", root, "--vacuum", *windows))
    assert (report["dry_run"], report["vacuum"]["ran"]) == (False, True)
    assert report["windows_days"] == {"events": 0, "read_deliveries": 1, "closed_sessions": 2}


def test_the_command_line_wins_over_the_environment_in_a_prune(install: Install, root: str) -> None:
    arguments = ["admin", "prune", "--project-root", root, "--dry-run", "--retention-events-keep-days", "3"]
    report = printed(install.run(*arguments, OKTO_NEXUS_RETENTION_EVENTS_KEEP_DAYS="9"))
    assert report["windows_days"]["events"] == 3


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["admin", "prune"], "WORKSPACE_REQUIRED"),
        (["admin", "issue-keys"], "WORKSPACE_REQUIRED"),
        (["admin", "prune", "--project-root", "/nowhere"], "WORKSPACE_UNRESOLVED"),
        (["admin", "prune", "--project-root", "/", "--events-keep-days", "-1"], "VALIDATION_ERROR"),
    ],
)
def test_a_refused_command_ends_with_code_1_and_says_so_on_the_error_output(
    arguments: list[str], code: str, install: Install
) -> None:
    done = install.run(*arguments)
    assert (done.returncode, done.stdout) == (1, "")
    assert code in done.stderr


def test_pruning_at_start_is_a_setting_and_never_stops_the_start(tmp_path: Path) -> None:
    server = Install(tmp_path / "home").start(OKTO_NEXUS_AUTO_PRUNE_ON_START="true")
    try:
        server.wait_until_ready()
        assert server.ask("/livez")[0] == 200
    finally:
        server.close()


def test_a_second_server_on_one_home_is_refused_by_name(tmp_path: Path) -> None:
    install = Install(tmp_path / "home")
    server = install.start()
    try:
        server.wait_until_ready()
        done = install.run("serve", "--port", "0")
        assert done.returncode == 1
        assert str(server.port) in done.stderr
    finally:
        server.close()
