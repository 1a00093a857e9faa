"""What a server binds, before anything else."""

import socket
import stat

import pytest

from pulse_project.core import conf
from pulse_project.core.conf import ConfigError
from pulse_project.core.sockets import open_sockets


@pytest.fixture
def opened():
    kept = []

    def open_them(**values):
        sockets, bound = open_sockets(conf.Settings(**values))
        kept.extend(sockets)
        return sockets, bound

    yield open_them
    for listener in kept:
        listener.close()


def test_port_zero_takes_a_free_port_and_tells_it(opened):
    sockets, bound = opened(port=0)
    assert bound.port == sockets[0].getsockname()[1] > 0
    assert bound.is_loopback


def test_a_second_port_is_a_second_listener(opened):
    free = socket.create_server(("127.0.0.1", 0))
    number = free.getsockname()[1]
    free.close()
    sockets, bound = opened(port=0, mcp_port=number)
    assert len(sockets) == 2
    assert bound.mcp_port == number


def test_a_taken_port_is_refused_by_number(opened):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=f":{number} cannot be listened on"):
            opened(port=number)


def test_an_unknown_host_is_refused(opened):
    with pytest.raises(ConfigError, match="no address of this machine"):
        opened(host="999.1.1.1", port=0)


def test_an_address_beyond_loopback_is_not_loopback(opened):
    _, bound = opened(host="0.0.0.0", port=0)  # noqa: S104 - that is the point
    assert not bound.is_loopback


def test_a_unix_socket_is_private_and_replaces_a_dead_one(opened, tmp_path):
    path = tmp_path / "s"
    first, _ = opened(uds=str(path))
    first[0].close()
    opened(uds=str(path))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_unix_socket_in_use_is_refused(opened, tmp_path):
    opened(uds=str(tmp_path / "s"))
    with pytest.raises(ConfigError, match="Another server"):
        opened(uds=str(tmp_path / "s"))


def test_a_file_at_the_path_is_never_removed(opened, tmp_path):
    path = tmp_path / "s"
    path.write_text("mine")
    with pytest.raises(ConfigError, match="no socket"):
        opened(uds=str(path))
    assert path.read_text() == "mine"
