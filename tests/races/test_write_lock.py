"""The write lock between threads and processes."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from pulse_project.core.sqlite.write_lock import WriteLock, WriteLockTimeout, WriteLockUnavailable

PROGRAM = Path(__file__).with_name("counting.py")
ROOT = PROGRAM.parents[2]
PROCESSES, ROUNDS = 3, 60


def count_together(folder: Path, mode: str) -> tuple[int, list[float]]:
    """The counter after all processes have counted, and when each of them ended."""
    (folder / "counter").write_text("0")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, PROGRAM, folder, str(ROUNDS), mode]
    running = [
        subprocess.Popen(command, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(PROCESSES)
    ]
    for process in running:
        process.stdout.readline()
    for process in running:
        process.stdin.write("go\n")
        process.stdin.flush()
    ends = [float(process.communicate(timeout=60)[0] or 0) for process in running]
    return int((folder / "counter").read_text() or 0), ends


def test_processes_never_overlap(tmp_path):
    total, _ = count_together(tmp_path, "lock")
    assert total == PROCESSES * ROUNDS


def test_without_the_lock_the_same_processes_lose_counts(tmp_path):
    """Shows that the test above can fail; a count that is torn while it is read is a loss as well."""
    try:
        total, _ = count_together(tmp_path, "none")
    except ValueError:
        total = -1
    assert total < PROCESSES * ROUNDS


def test_waiting_ends_with_the_timeout_between_threads(tmp_path):
    lock = WriteLock(tmp_path, "")
    began = time.monotonic()
    with lock.held(1), pytest.raises(WriteLockTimeout):
        lock.acquire(0.05)
    assert 0.04 <= time.monotonic() - began < 2


def test_waiting_ends_with_the_timeout_between_processes(tmp_path):
    mine, theirs = WriteLock(tmp_path, ""), WriteLock(tmp_path, "")
    with mine.held(1), pytest.raises(WriteLockTimeout):
        theirs.acquire(0.05)
    with theirs.held(0.05):
        assert True


def test_one_that_waits_gets_the_lock_from_one_that_takes_it_again_and_again(tmp_path):
    greedy, patient = WriteLock(tmp_path, ""), WriteLock(tmp_path, "")
    got, end = threading.Event(), threading.Event()
    turns = []

    def wait() -> None:
        with patient.held(10):
            got.set()

    waiter = threading.Thread(target=wait)
    with greedy.held(1):
        waiter.start()
        end.wait(0.02)
    while not got.is_set() and len(turns) < 10_000:
        with greedy.held(10):
            turns.append(1)
    waiter.join(10)
    assert got.is_set()
    assert len(turns) < 100


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_does_not_share_the_lock_of_its_parent(tmp_path):
    lock = WriteLock(tmp_path, "")
    with lock.held(1):
        child = os.fork()
        if child == 0:
            try:
                lock.acquire(0.05)
            except WriteLockTimeout:
                os._exit(7)
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


def test_a_folder_that_cannot_hold_the_lock_is_named(tmp_path):
    with pytest.raises(WriteLockUnavailable, match=r"write\.turn"):
        WriteLock(tmp_path / "missing", "").acquire(1)
