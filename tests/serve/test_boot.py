"""The command line before Django."""

import json
import os
import subprocess
import sys

import pytest
from django.core.management import get_commands

from pulse_project.core import boot, conf
from pulse_project.core.conf import ConfigError
from tests.serve.conftest import ROOT


@pytest.fixture(autouse=True)
def _untouched_settings(monkeypatch):
    monkeypatch.setattr(conf, "_resolved", conf._resolved)
    monkeypatch.setattr(conf, "_pinned", dict(conf._pinned))


def test_split_takes_both_spellings_of_a_flag():
    flags, rest = boot.split(["serve", "--port", "9000", "--host=0.0.0.0", "--once"])
    assert flags == {"port": "9000", "host": "0.0.0.0"}  # noqa: S104 - a value, nothing is bound
    assert rest == ["serve", "--once"]


def test_split_knows_the_short_name_of_the_database():
    assert boot.split(["--db", "/x/y.sqlite3"])[0] == {"db_path": "/x/y.sqlite3"}


@pytest.mark.parametrize(("arguments", "value"), [(["--behind-proxy"], "true"), (["--behind-proxy", "no"], "no")])
def test_a_switch_needs_no_value(arguments, value):
    assert boot.split(["serve", *arguments])[0] == {"behind_proxy": value}


def test_a_switch_leaves_the_next_word_to_the_command():
    assert boot.split(["--behind-proxy", "serve"]) == ({"behind_proxy": "true"}, ["serve"])


@pytest.mark.parametrize("arguments", [["--port"], ["--port", "--host"], ["--auto-prune-on-start"]])
def test_a_flag_without_value_is_refused(arguments):
    with pytest.raises(ConfigError, match="needs a value"):
        boot.split(["serve", *arguments])


def test_two_values_for_one_flag_are_refused():
    with pytest.raises(ConfigError, match="twice"):
        boot.split(["--db", "a", "--db-path", "b"])


@pytest.mark.parametrize("flag", ["--api-key", "--secret-key", "--database-url"])
def test_secrets_on_the_command_line_are_refused_with_the_way_out(flag):
    with pytest.raises(ConfigError, match=r"PULSE_|DATABASE_URL"):
        boot.split([flag, "nxs_" + "0" * 48])


def test_nothing_is_taken_after_two_dashes():
    assert boot.split(["op", "--", "--port", "1"]) == ({}, ["op", "--", "--port", "1"])


@pytest.mark.parametrize("word", ["version", "--version"])
def test_version_is_ours_and_not_djangos(word, capsys):
    assert boot.main(["pulse", word]) == 0
    assert capsys.readouterr().out == f"pulse {boot.version()}\n"


def test_version_is_told_as_json_too(capsys):
    assert boot.main(["pulse", "version", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"version": boot.version()}


@pytest.mark.parametrize("words", [["--format", "xml"], ["now"]])
def test_version_refuses_words_that_it_does_not_know(words, capsys):
    assert boot.main(["pulse", "version", *words]) == 2
    assert "pulse version: error:" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [["--port", "x"], ["--port", "-1"], ["--trust-mode", "maybe"], ["--auto-prune-on-start=perhaps"]],
)
def test_a_wrong_value_ends_with_one_sentence_and_code_1(arguments, capsys, monkeypatch):
    assert boot.main(["pulse", "serve", *arguments]) == 1
    said = capsys.readouterr().err
    assert said.startswith("[pulse] CONFIG_ERROR: ")
    assert said.count("\n") == 1


def test_old_and_new_names_of_one_setting_must_agree(capsys, monkeypatch):
    monkeypatch.setenv("PULSE_PORT", "1")
    monkeypatch.setenv("OKTO_NEXUS_PORT", "2")
    assert boot.main(["pulse", "doctor"]) == 1
    assert "OKTO_NEXUS_PORT" in capsys.readouterr().err


@pytest.mark.parametrize(
    "values",
    [
        {"database_url": "mysql://x"},
        {"debug": True, "host": "0.0.0.0"},  # noqa: S104 - a value, nothing is bound
        {"mcp_port": 8100},
        {"uds": "/x", "mcp_port": 1},
    ],
)
def test_values_that_contradict_each_other_are_refused(values):
    with pytest.raises(ConfigError):
        boot.check(conf.Settings(**values))


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("::ffff:127.0.0.1", True), ("localhost", True),
        ("0.0.0.0", False), ("::", False), ("172.17.0.1", False), ("myhost", False), ("0", False),  # noqa: S104
    ],
)  # fmt: skip
def test_loopback_is_decided_by_the_address(host, expected):
    assert boot.is_loopback(host) is expected


def test_wrong_usage_ends_with_code_2(tmp_path):
    done = subprocess.run(
        [sys.executable, "manage.py", "--home", str(tmp_path / "home"), "doctor", "--nonsense"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "--nonsense" in done.stderr


def test_the_commands_of_a_terminal_exist():
    assert get_commands().keys() >= boot.TERMINAL_COMMANDS


def test_a_command_of_a_terminal_loads_neither_mcp_nor_the_pages_of_the_admin(tmp_path):
    program = (
        "import sys; from pulse_project.core import boot; boot.main(['pulse', 'health']);"
        "print([name for name in ('mcp', 'psycopg', 'pulse_project.core.admin', 'telemetry') if name in sys.modules])"
    )
    run = [sys.executable, "-c", program]
    variables = {**os.environ, "PULSE_HOME": str(tmp_path / "home"), "DATABASE_URL": ""}
    done = subprocess.run(run, cwd=ROOT, env=variables, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "['telemetry']"
