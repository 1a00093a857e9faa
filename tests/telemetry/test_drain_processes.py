"""Drains as processes of their own: killed at any moment, two at once, beside a server, watching."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

from tests.serve.conftest import ROOT, Install
from tests.telemetry.drains import append, dead_letters, names_in, numbered, write_lines

DEADLINE_SECONDS = 60


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """The home of an install whose store is made, for copies."""
    found = Install(tmp_path_factory.mktemp("prepared") / "home")
    assert found.run("health").returncode == 0
    return found.home


@pytest.fixture
def install(prepared, tmp_path):
    """An install on SQLite: the place in a file moves in the same transaction on every engine."""
    shutil.copytree(prepared, tmp_path / "home")
    return Install(tmp_path / "home")


@pytest.fixture
def queue(tmp_path):
    folder = tmp_path / "queue"
    folder.mkdir()
    return folder / "queue.jsonl"


def numbers(install):
    """The numbers of all stored events, sorted."""
    with sqlite3.connect(install.database) as connection:
        rows = connection.execute("SELECT payload FROM telemetry_event").fetchall()
    connection.close()
    return sorted(json.loads(payload)["n"] for (payload,) in rows)


def drained(install, *arguments):
    done = install.run("drain", *map(str, arguments), "--format", "json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def start(install, *arguments):
    words = [sys.executable, str(ROOT / "manage.py"), "drain", *map(str, arguments), "--format", "json"]
    return subprocess.Popen(words, env=install.env, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def wait_for(condition):
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("how", ["keep", "truncate"])
def test_events_are_stored_once_however_often_a_drain_is_killed(install, queue, how):
    poison = [f"poison {number}" for number in range(40)]
    lines = [numbered(number) for number in range(12_000)]
    for place, line in enumerate(poison):
        lines.insert(place * 300, line)
    write_lines(queue, *lines)
    words = [sys.executable, "-m", "tests.telemetry.drain_killed", str(queue), how, "7", "25"]
    environment = {**install.env, "DJANGO_SETTINGS_MODULE": "pulse_project.settings"}
    killed = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=True, timeout=120)
    drained(install, queue, *(["--truncate"] if how == "truncate" else []))
    assert int(killed.stdout) > 5
    assert numbers(install) == list(range(12_000))
    assert {letter["text"] for letter in dead_letters(queue)} == set(poison)


def test_two_drains_of_one_file_store_each_event_once(install, queue):
    write_lines(queue, *map(numbered, range(10_000)))
    both = [start(install, queue), start(install, queue)]
    summaries = [json.loads(one.communicate(timeout=DEADLINE_SECONDS)[0]) for one in both]
    assert [one["accepted"] + one["deduplicated"] for one in summaries] == [10_000] * 2
    assert numbers(install) == list(range(10_000))


def test_two_drains_that_truncate_store_each_event_once(install, queue):
    write_lines(queue, *map(numbered, range(10_000)))
    both = [start(install, queue, "--truncate") for _ in range(2)]
    codes = [one.wait(DEADLINE_SECONDS) for one in both]
    for one in both:
        one.communicate()
    drained(install, queue, "--truncate")
    assert (codes, names_in(queue.parent), queue.stat().st_size) == ([0, 0], ["queue.jsonl"], 0)
    assert numbers(install) == list(range(10_000))


def test_a_server_goes_on_answering_while_a_file_is_drained(install, queue):
    write_lines(queue, *map(numbered, range(20_000)))
    server = install.start()
    try:
        server.wait_until_ready()
        drain = start(install, queue)
        statuses = {200}
        while drain.poll() is None:
            statuses.add(server.ask("/v1/events", body={"event_type": "live", "version": 1, "payload": {"n": -1}})[0])
        assert statuses == {200, 202}
        assert json.loads(drain.communicate()[0])["accepted"] == 20_000
    finally:
        server.close()


def test_watching_takes_what_comes_and_ends_with_the_summary(install, queue):
    write_lines(queue, numbered(1))
    watching = start(install, queue.parent, "--watch", "--truncate")
    wait_for(lambda: not queue.stat().st_size)
    append(queue, f"{numbered(2)}\n")
    write_lines(queue.with_name("new.jsonl"), numbered(3))
    wait_for(lambda: not queue.stat().st_size and not queue.with_name("new.jsonl").stat().st_size)
    watching.send_signal(signal.SIGTERM)
    summary = json.loads(watching.communicate(timeout=DEADLINE_SECONDS)[0])
    assert (watching.returncode, summary["accepted"], summary["deduplicated"]) == (0, 3, 0)
    assert numbers(install) == [1, 2, 3]


def test_a_drain_that_is_interrupted_finishes_its_step_and_tells(install, queue):
    write_lines(queue, *map(numbered, range(60_000)))
    drain = start(install, queue)
    wait_for(lambda: drain.poll() is not None or len(numbers(install)) > 0)
    drain.send_signal(signal.SIGINT)
    output, errors = drain.communicate(timeout=DEADLINE_SECONDS)
    assert (drain.returncode, "Traceback" in errors) == (130, False)
    assert json.loads(output)["accepted"] == len(numbers(install))


def test_no_bar_is_drawn_where_no_terminal_is(install, queue):
    done = install.run("drain", str(write_lines(queue, numbered(1))))
    assert (done.returncode, done.stderr) == (0, "")


def test_a_bar_is_drawn_on_a_terminal(install, queue):
    write_lines(queue, *map(numbered, range(3000)))
    terminal, other_end = os.openpty()
    words = [sys.executable, str(ROOT / "manage.py"), "drain", str(queue)]
    done = subprocess.run(words, env=install.env, stdout=subprocess.PIPE, stderr=other_end, check=True)
    os.close(other_end)
    shown = os.read(terminal, 100_000).decode()
    os.close(terminal)
    assert "% " in shown
    assert b"3000 accepted" in done.stdout
