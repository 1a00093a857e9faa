"""The published commands: flags, texts, JSON and exit codes."""

import json
import os
import subprocess
import sys
import webbrowser

import pytest
from django.core.management import call_command

from tests.serve.conftest import ROOT, Install
from tests.telemetry.events import event

MISSING = "0" * 64


@pytest.fixture
def said(transactional_db, capsys):
    """`said("events", "list")`: exit code and output of a command that runs in this process."""

    def run(*words):
        code = 0
        try:
            call_command(*words)
        except SystemExit as stop:
            code = stop.code
        return code, capsys.readouterr().out

    return run


@pytest.fixture
def told(said):
    """The JSON that a command prints, which has to end with code 0."""

    def run(*words):
        code, output = said(*words, "--format", "json")
        assert code == 0
        assert output.isascii()
        return json.loads(output)

    return run


@pytest.fixture(scope="module")
def install(tmp_path_factory):
    """A store of its own for commands that run as programs."""
    found = Install(tmp_path_factory.mktemp("commands") / "home")
    assert found.run("health").returncode == 0
    return found


# events


def test_events_are_listed_under_the_published_headings(store, said):
    (stored,) = store(event("note", "2026-09-01T10:00:00Z", n=1), source="ci")
    code, output = said("events", "list")
    assert (code, [line.split() for line in output.splitlines()]) == (
        0,
        [["event_ts", "type", "source", "event_id"], ["2026-09-01T10:00:00Z", "note", "ci", stored.event_id.hex()]],
    )


def test_no_events_are_said_to_be_none(said):
    assert said("events", "list") == (0, "no events\n")


def test_events_come_as_over_http(store, told):
    store(event("note", n=1), event("other", n=2), event("note", "2026-10-01", n=3))
    found = told("events", "list", "--type", "note", "--since", "2026-09")
    assert (found["count"], [one["payload"]["n"] for one in found["events"]]) == (2, [3, 1])


@pytest.mark.parametrize(("limit", "count"), [("0", 1), ("-5", 1), ("2", 2), ("99999", 3)])
def test_a_limit_is_brought_into_range(store, told, limit, count):
    store(*(event(n=number) for number in range(3)))
    assert told("events", "list", "--limit", limit)["count"] == count


def test_one_event_is_shown(store, said, told):
    (stored,) = store(event("note", text="b\u00e4r"))
    assert told("events", "show", stored.event_id.hex())["payload"] == {"text": "b\u00e4r"}
    assert '"text": "b\u00e4r"' in said("events", "show", stored.event_id.hex())[1]


def test_an_event_that_is_not_there_ends_with_code_3(said):
    assert said("events", "show", MISSING) == (3, f"error: event not found: {MISSING}\n")
    code, output = said("events", "show", MISSING, "--format", "json")
    assert (code, json.loads(output)) == (3, {"error": "event not found", "event_id": MISSING})


@pytest.mark.parametrize("event_id", ["", "ABC", "x" * 5000])
def test_what_is_no_id_is_not_found_either(said, event_id):
    assert said("events", "show", event_id)[0] == 3


@pytest.mark.parametrize("words", [["events", "list"], ["metrics", "counts"], ["metrics", "phases"]])
def test_no_text_reaches_the_terminal_as_a_command(store, said, words):
    evil = "\x1b[31m\u202e\n"
    store(event(f"phase.close{evil}"), event("phase.close", phase=evil), source=f"s{evil.strip()}")
    output = said(*words)[1]
    assert not set("\x1b\u202e") & set(output)


# metrics


def test_counts_are_a_table(store, said):
    store(event("b", n=1), event("a", n=1), event("a", n=2))
    assert said("metrics", "counts") == (0, "key  count\na        2\nb        1\ntotal: 3\n")


@pytest.mark.parametrize(("by", "key"), [("type", "note"), ("source", "ci"), ("version", "7")])
def test_counts_are_grouped_as_asked(store, told, by, key):
    store(event(version=7), source="ci")
    assert told("metrics", "counts", "--by", by)["groups"] == [{"key": key, "count": 1}]


def test_figures_are_those_of_one_source_and_time(store, told):
    store(event("phase.close", "2026-01-01", phase="1"), source="a")
    store(event("phase.close", "2026-02-01", phase="2"), source="a")
    store(event("phase.close", "2026-02-01", phase="3"), source="b")
    found = told("metrics", "phases", "--source", "a", "--since", "2026-02")
    assert ([row["phase"] for row in found["phases"]], found["since"]) == (["2"], "2026-02")


def test_stop_reasons_are_a_table(store, said):
    store(event("workflow.next.stop_reason", stop_reason="done"))
    assert said("metrics", "stop-reasons")[1] == "reason  count\ndone        1\ntotal: 1\n"


def test_verification_shows_totals_targets_and_days(store, said):
    store(event("verification.completed", target="api", passed=True, checks_total=3, checks_passed=3))
    output = said("metrics", "verification")[1]
    assert [word for word in ("pass_rate", "api", "2026-09-01") if word in output] == ["pass_rate", "api", "2026-09-01"]


@pytest.mark.parametrize("what", ["phases", "stop-reasons", "verification"])
def test_other_versions_are_said_to_be_skipped(store, said, what):
    store(*(event(kind, version=2) for kind in ("phase.close", "workflow.next.stop_reason", "verification.completed")))
    assert said("metrics", what)[1].endswith("\n1 event(s) skipped (unsupported version)\n")


@pytest.mark.parametrize("what", ["counts", "phases", "stop-reasons", "verification"])
def test_an_empty_store_has_figures_too(said, told, what):
    assert said("metrics", what)[0] == 0
    assert told("metrics", what)["since"] is None


def test_two_ways_to_name_a_time_are_wrong_usage(said):
    assert said("metrics", "counts", "--since", "2026", "--from", "2026-01-01")[0] == 2


# health, dashboard


def test_health_is_one_line_with_the_published_keys(store, said):
    store(event())
    code, output = said("health", "--format", "json")
    assert (code, output.count("\n"), list(json.loads(output))) == (
        0, 1, ["status", "version", "events", "db_path", "auth"],
    )  # fmt: skip
    assert json.loads(output)["events"] == 1


def test_health_says_whether_producers_need_a_token(told, monkeypatch):
    from dataclasses import replace

    from pulse_project.core import conf

    assert told("health")["auth"] is False
    guarded = replace(conf.current(), ingest_token="secret")
    monkeypatch.setattr(conf, "apply_stored", lambda stored: conf.resolved())
    monkeypatch.setattr(conf, "current", lambda: guarded)
    assert told("health")["auth"] is True


@pytest.mark.parametrize(
    ("words", "address"),
    [
        ([], "http://127.0.0.1:8100/telemetry/"),
        (["--host", "0.0.0.0", "--port", "9"], "http://127.0.0.1:9/telemetry/"),  # noqa: S104 - a value
        (["--host", "::1"], "http://[::1]:8100/telemetry/"),
        (["--host", "box.local"], "http://box.local:8100/telemetry/"),
    ],
)
def test_the_dashboards_address_is_one_to_go_to(install, words, address):
    done = install.run("dashboard", *words)
    assert (done.returncode, done.stdout) == (0, f"{address}\n")


def test_the_dashboard_is_opened_when_asked(said, monkeypatch):
    opened = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    said("dashboard")
    assert opened == []
    said("dashboard", "--open")
    assert opened == ["http://127.0.0.1:8100/telemetry/"]


# programs: exit codes, the store, pipes


@pytest.mark.parametrize(
    "words",
    [
        ["events"], ["events", "list", "--limit", "x"], ["events", "show"], ["events", "list", "--format", "xml"],
        ["metrics", "counts", "--by", "day"], ["metrics", "sums"], ["drain"], ["health", "--nonsense"],
    ],
)  # fmt: skip
def test_wrong_usage_ends_with_code_2(install, words):
    done = install.run(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert "error:" in done.stderr


def test_a_path_that_is_missing_ends_with_code_2(install, tmp_path):
    missing = str(tmp_path / "none.jsonl")
    text, as_json = install.run("drain", missing), install.run("drain", missing, "--format", "json")
    assert (text.returncode, text.stdout) == (2, f"error: path does not exist: {missing}\n")
    assert (as_json.returncode, json.loads(as_json.stdout)) == (2, {"error": f"path does not exist: {missing}"})


def test_a_drain_with_skipped_lines_ends_with_code_0(install, tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text(f"{json.dumps(event(n=1))}\nnonsense\n")
    done = install.run("drain", str(path), "--source", "ci")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[2:] == [
        f"{path}:2: invalid JSON: Expecting value",
        "1 file(s): 1 accepted, 0 deduplicated, 1 skipped",
    ]


def test_a_file_that_cannot_be_drained_ends_with_code_1(install, tmp_path):
    (tmp_path / "link.jsonl").symlink_to(tmp_path / "other")
    done = install.run("drain", str(tmp_path / "link.jsonl"), "--format", "json")
    assert (done.returncode, json.loads(done.stdout)["accepted"]) == (1, 0)


def test_a_source_that_is_no_label_is_wrong_usage(install, tmp_path):
    done = install.run("drain", str(tmp_path), "--source", "x" * 300)
    assert (done.returncode, done.stderr) == (2, "error: source is longer than 256 bytes.\n")


def test_a_store_that_is_missing_is_made_with_its_folder(install, tmp_path):
    database = tmp_path / "new" / "deep" / "events.db"
    done = install.run("health", "--format", "json", "--db", str(database))
    assert json.loads(done.stdout)["db_path"] == str(database)
    assert database.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("words", [["health"], ["events", "list"], ["metrics", "phases"]])
def test_a_store_that_cannot_be_opened_is_one_sentence(install, tmp_path, words):
    (tmp_path / "text.db").write_text("this is no database, however long it may be\n" * 50)
    done = install.run(*words, "--db", str(tmp_path / "text.db"))
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert done.stderr.startswith("[pulse] CONFIG_ERROR: ")


def test_a_reader_that_leaves_early_is_no_fault(install):
    words = [sys.executable, str(ROOT / "manage.py"), "events", "list"]
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(words, env=install.env, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, "")
