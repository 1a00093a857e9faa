"""The sockets that a server listens on, opened before anything else so that a taken port is refused at once."""

import contextlib
import os
import socket
import stat
from pathlib import Path

from pulse_project.core.binding import Binding
from pulse_project.core.conf import ConfigError, Settings


def open_sockets(settings: Settings) -> tuple[list[socket.socket], Binding]:
    """Bind the main listener and the optional second one. ConfigError names the address that is not free."""
    if settings.uds:
        path = Path(settings.uds).expanduser()
        return [_unix(path)], Binding(uds=str(path))
    main = _tcp(settings.host, settings.port)
    sockets = [main]
    mcp_port = 0
    if settings.mcp_port:
        sockets.append(_tcp(settings.host, settings.mcp_port))
        mcp_port = sockets[1].getsockname()[1]
    hosts = tuple({bound.getsockname()[0] for bound in sockets})
    return sockets, Binding(hosts=hosts, port=main.getsockname()[1], mcp_port=mcp_port)


def _tcp(host: str, port: int) -> socket.socket:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except socket.gaierror as error:
        raise ConfigError(f"host {host[:80]!r} is no address of this machine.") from error
    family, kind, protocol, _, address = sorted(found, key=lambda entry: entry[0] != socket.AF_INET)[0]
    listener = socket.socket(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    try:
        listener.bind(address)
        listener.listen(2048)
    except (OSError, OverflowError) as error:
        listener.close()
        raise ConfigError(f"{host}:{port} cannot be listened on: {_reason(error)}. Choose another port.") from error
    return listener


def _unix(path: Path) -> socket.socket:
    _remove_dead(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.bind(str(path))
        path.chmod(0o600)
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise ConfigError(f"The socket {path} cannot be made: {_reason(error)}.") from error
    return listener


def _remove_dead(path: Path) -> None:
    """Remove the socket file of a server that is gone; anything else at that path is refused."""
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise ConfigError(f"{path} exists and is no socket. Choose another path.")
        probe = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            probe.connect(str(path))
        except OSError:
            path.unlink()
        else:
            raise ConfigError(f"Another server listens on {path}.")
        finally:
            probe.close()


def _reason(error: OSError | OverflowError) -> str:
    return os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
