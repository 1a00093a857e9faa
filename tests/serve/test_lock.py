"""One server per home."""

import json
import os
import subprocess
import sys

import pytest

from pulse_project.core import lock
from pulse_project.core.errors import Code, Failure
from pulse_project.core.lock import ServeLock

HOLD = """
import sys, pathlib
sys.path.insert(0, ".")
from pulse_project.core.lock import ServeLock
held = ServeLock(pathlib.Path(sys.argv[1])); held.acquire(8123)
print("held", flush=True); sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_a_second_server_is_refused_with_process_and_port(tmp_path, holder):
    with pytest.raises(Failure) as refused:
        ServeLock(tmp_path).acquire(8200)
    assert refused.value.code is Code.CONFIG_ERROR
    assert refused.value.details == {"pid": holder.pid, "port": 8123}


def test_a_killed_server_leaves_the_lock_free_at_once(tmp_path, holder):
    holder.kill()
    holder.wait()
    held = ServeLock(tmp_path)
    held.acquire(8200)
    assert held.beat()
    held.release()


def test_the_holder_is_seen_without_taking_the_lock(tmp_path, holder):
    assert lock.holder_of(tmp_path).pid == holder.pid


def test_nobody_holds_a_released_lock(tmp_path):
    held = ServeLock(tmp_path)
    held.acquire(1)
    held.release()
    assert lock.holder_of(tmp_path) is None
    assert not held.beat()


def test_the_file_is_private_and_names_the_real_port(tmp_path):
    held = ServeLock(tmp_path)
    held.acquire(0)
    held.announce(8111)
    assert json.loads(held.path.read_text())["port"] == 8111
    assert held.path.stat().st_mode & 0o077 == 0
    held.release()


def test_a_holder_whose_file_was_replaced_has_lost(tmp_path):
    held = ServeLock(tmp_path)
    held.acquire(1)
    held.path.unlink()
    other = ServeLock(tmp_path)
    other.acquire(2)
    assert not held.beat()
    assert other.beat()
    other.release()


def test_without_kernel_locks_a_young_heartbeat_refuses_and_an_old_one_yields(tmp_path, monkeypatch):
    def unsupported(descriptor, operation):
        raise OSError(lock.errno.ENOLCK, "no locks")

    monkeypatch.setattr(lock.fcntl, "flock", unsupported)
    first, second = ServeLock(tmp_path), ServeLock(tmp_path)
    first.acquire(1)
    with pytest.raises(Failure):
        second.acquire(2)
    os.utime(first.path, (0, 0))
    second.acquire(2)
    assert not first.beat()


MOUNTS = """\
21 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
34 21 0:30 / /srv rw - nfs4 host:/srv rw
35 34 0:31 / /srv/local\\040disk rw - ext4 /dev/vdb rw
"""


@pytest.mark.parametrize(
    ("place", "kind"), [("/home/x", "ext4"), ("/srv/home", "nfs4"), ("/srv/local disk/home", "ext4"), ("/srvx", "ext4")]
)
def test_the_file_system_is_that_of_the_nearest_mount(tmp_path, place, kind):
    table = tmp_path / "mountinfo"
    table.write_text(MOUNTS)
    assert lock.file_system_of(lock.Path(place), table) == kind


def test_a_network_file_system_is_refused_for_the_store(tmp_path, monkeypatch):
    monkeypatch.setattr(lock, "file_system_of", lambda path: "nfs4")
    with pytest.raises(Failure, match="nfs4"):
        lock.refuse_network_file_system(tmp_path)
