"""The report of `doctor`."""

import json

import pytest

from pulse_project.core import conf, doctor


@pytest.fixture
def in_force(monkeypatch, tmp_path):
    def put(**values):
        settings = conf.Settings(**{"home": str(tmp_path), **values})
        sources = dict.fromkeys(conf.DECLARED, "default") | dict.fromkeys(values, "env")
        monkeypatch.setattr(conf, "_resolved", conf.Resolved(settings, sources))

    return put


def test_every_setting_shows_its_value_and_source(in_force):
    in_force(port=9000)
    settings = doctor.examine()["settings"]
    assert settings["port"] == {"value": 9000, "source": "env"}
    assert set(settings) == set(conf.DECLARED)


def test_secrets_are_masked(in_force):
    in_force(api_key="nxs_" + "a" * 48, database_url="postgresql://me:secret@host/db")
    report = json.dumps(doctor.examine()["settings"])
    assert "aaaa" not in report
    assert "secret@" not in report


@pytest.mark.parametrize(
    ("values", "trust"), [({}, "full"), ({"host": "10.0.0.1"}, "off"), ({"trust_mode": "strict"}, "read")]
)
def test_loopback_trust_in_force_is_told(in_force, values, trust):
    in_force(**values)
    assert doctor.examine()["loopback_trust"] == trust


def test_an_old_sqlite_is_named(in_force, monkeypatch):
    monkeypatch.setattr(doctor.sqlite3, "sqlite_version_info", (3, 40, 1))
    in_force()
    assert any("WAL-reset" in warning for warning in doctor.examine()["warnings"])


def test_open_files_are_named_with_the_command_that_closes_them(in_force, tmp_path):
    in_force()
    (tmp_path / "admin-link").touch(mode=0o644)
    (tmp_path / "admin-link").chmod(0o644)
    assert any(f"chmod go-rwx {tmp_path}/admin-link" in warning for warning in doctor.examine()["warnings"])


def test_doctor_makes_no_store(sqlite_install):
    said = sqlite_install.run("doctor", "--json")
    assert json.loads(said.stdout)["server"] is None
    assert not sqlite_install.database.exists()
