"""From folders to workspaces."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from nexus import workspaces
from nexus.models import Workspace
from pulse_project.core import binding, conf
from tests.nexus.calls import code, error, ok

pytestmark = pytest.mark.django_db


def test_the_id_is_the_hash_of_the_real_path(alice: Any, project: str, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(project)
    found = ok("workspace_resolve", alice, project_root=str(link))
    assert found["workspace_id"] == hashlib.sha256(project.encode()).hexdigest()
    assert found["root_realpath"] == project
    assert Workspace.objects.count() == 1


def test_resolving_again_keeps_the_row_and_its_name(alice: Any, project: str, hand: Any) -> None:
    first = ok("workspace_resolve", alice, project_root=project, display_name="Demo")
    hand.advance(5)
    again = ok("workspace_resolve", alice, project_root=project)
    assert (again["display_name"], again["created_at"]) == ("Demo", first["created_at"])
    assert again["last_seen_at"] > first["last_seen_at"]


@pytest.mark.parametrize("root", [None, "", 5, "relative/path", "."])
def test_only_absolute_paths_are_resolved(alice: Any, root: Any) -> None:
    assert code("workspace_resolve", alice, project_root=root) == "VALIDATION_ERROR"


@pytest.mark.parametrize(
    "root", ["/", "/proc", "/proc/self", "/sys", "/dev", "/nowhere/at/all", "/etc/hostname", "/\x00"]
)
def test_what_is_no_project_is_unresolved(alice: Any, root: str) -> None:
    assert code("workspace_resolve", alice, project_root=root) == "WORKSPACE_UNRESOLVED"
    assert not Workspace.objects.exists()


def test_the_home_of_the_server_is_no_project(alice: Any) -> None:
    assert code("workspace_resolve", alice, project_root=str(conf.current().home_path)) == "WORKSPACE_UNRESOLVED"


def test_every_workspace_is_listed_with_its_path(alice: Any, project: str) -> None:
    ok("workspace_resolve", alice, project_root=project)
    assert [one["root_realpath"] for one in ok("workspace_list", alice)["workspaces"]] == [project]
    assert ok("workspace_list", alice, include_paths=True)["workspaces"][0]["root_realpath"] == project


@pytest.fixture
def exposed(in_force: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """`exposed(roots)`: the server listens beyond loopback and offers these folders."""

    def offer(*roots: str) -> None:
        in_force(workspace_roots=":".join(roots), project_root="/nowhere")
        monkeypatch.setattr(binding, "_binding", binding.Binding(hosts=("0.0.0.0",)))  # noqa: S104 - the point

    return offer


def test_beyond_loopback_only_offered_folders_are_workspaces(
    alice: Any, project: str, tmp_path: Path, exposed: Any
) -> None:
    exposed(project)
    remote = alice.via("mcp")
    ok("workspace_resolve", remote, project_root=project)
    outside = error("workspace_resolve", remote, project_root=str(tmp_path))
    missing = error("workspace_resolve", remote, project_root=str(tmp_path / "missing"))
    assert outside == missing
    assert outside["code"] == "WORKSPACE_UNRESOLVED"


def test_a_sibling_with_the_same_beginning_is_outside(alice: Any, project: str, exposed: Any) -> None:
    Path(f"{project}-two").mkdir()
    exposed(project)
    assert code("workspace_resolve", alice.via("mcp"), project_root=f"{project}-two") == "WORKSPACE_UNRESOLVED"


def test_local_transports_are_not_bound_to_the_offer(alice: Any, project: str, exposed: Any) -> None:
    exposed("/nowhere")
    assert ok("workspace_resolve", alice.via("stdio"), project_root=project)["root_realpath"] == project


def test_a_workspace_nobody_wrote_to_is_located_without_a_row(operator: Any, project: str) -> None:
    assert workspaces.locate(project, operator).pk == 0
    assert not Workspace.objects.exists()
