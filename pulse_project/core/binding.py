"""What this process listens on, as the command that opened the sockets declares it. Unknown is never loopback."""

from dataclasses import dataclass
from functools import cached_property

from pulse_project.core.boot import is_loopback


@dataclass(frozen=True)
class Binding:
    """The bound addresses. `mcp_port` serves /mcp and health only; a Unix socket has no peer address to trust."""

    hosts: tuple[str, ...] = ()
    port: int = 0
    mcp_port: int = 0
    uds: str = ""

    @cached_property
    def is_loopback(self) -> bool:
        """Whether every bound address is loopback; false when nothing is known."""
        return bool(self.hosts) and all(is_loopback(host) for host in self.hosts)


_binding = Binding()


def publish(binding: Binding) -> None:
    """Declare the bound sockets of this process: called by `serve` and `runserver` before they accept."""
    global _binding
    _binding = binding


def current() -> Binding:
    return _binding
