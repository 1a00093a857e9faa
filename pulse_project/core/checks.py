"""What must not be served: debug pages beyond loopback; and the sign of a proxy that was not declared."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from pulse_project.core import conf, guard, readiness
from pulse_project.core.boot import is_loopback
from pulse_project.core.readiness import Finding


@register()
def debug_beyond_loopback(**_: Any) -> list[CheckMessage]:
    """DEBUG shows settings and source: only where nobody else can look."""
    if not (settings.DEBUG or conf.current().debug) or is_loopback(conf.current().host):
        return []
    hint = "Unset PULSE_DEBUG, or listen on 127.0.0.1."
    return [Error("PULSE_DEBUG is refused on an address beyond loopback.", hint=hint, id="pulse.E001")]


@readiness.check("proxy")
def forgotten_proxy() -> Finding | None:
    if not guard.refused["foreign_on_loopback"] or conf.current().behind_proxy:
        return None
    return Finding(
        "warning",
        "A browser page of another address was refused on loopback. If a proxy or tunnel stands in front, "
        "start with --behind-proxy: until then its visitors look local.",
    )
