"""What a change of identity asks of its caller beyond the operation's own flag."""

from django.db import models

from pulse_project.core import clock, flags
from pulse_project.core.errors import Code, Failure
from pulse_project.core.models import Agent, ApiKey
from pulse_project.core.principals import Caller, Kind

CONFIRMED_FOR_US = 10 * 60 * 1_000_000
WAYS_IN = "Log in at /login/, send an operator's key, or use the command line: {command}."


def demand_confirmation(caller: Caller) -> None:
    """Refuse a browser session that gave no password or link in the last ten minutes with AUTH_REQUIRED."""
    if (
        caller.kind is Kind.USER
        and caller.auth == "session"
        and clock.now_us() - caller.confirmed_us > CONFIRMED_FOR_US
    ):
        raise Failure(
            Code.AUTH_REQUIRED,
            "Confirm your login first: enter the password again or open a new link.",
            confirm="/login/",
        )


def demand_key_authority(caller: Caller, agent: Agent | None) -> None:
    """Refuse a key that would hold more than its maker: for an operator agent, or from a restricted key."""
    demand_confirmation(caller)
    if caller.toolsets is not None or caller.tools is not None:
        raise Failure(
            Code.PERMISSION_DENIED, "A key with restrictions issues no keys.", required_permission="operator.keys"
        )
    if agent is None:
        return
    if agent.is_operator:
        demand_operator_authority(caller)
    if caller.auth == "loopback" and agent.keys.exists():
        raise _login_needed(
            "That agent has, or had, a key: a local caller without key gives the first one only.",
            "pulse op admin_key_rotate",
        )


def demand_operator_grant(caller: Caller, agent: Agent | None) -> None:
    """Operator rights come from somebody known who holds all of them, and never from the agent itself."""
    demand_operator_authority(caller)
    if agent is not None:
        demand_other_agent(caller, agent)


def demand_operator_authority(caller: Caller) -> None:
    """Refuse who may not hand out operator rights: all of them must be held, and by more than being on this machine."""
    demand_every_operator_flag(caller)
    if caller.auth == "loopback":
        raise _login_needed("A local caller without key hands out no operator rights.", "pulse op admin_agent_update")


def demand_other_agent(caller: Caller, agent: Agent) -> None:
    """Refuse an agent that changes its own rights."""
    if caller.agent_pk is not None and caller.agent_pk == agent.pk:
        raise Failure(
            Code.PERMISSION_DENIED,
            "No agent changes its own rights. Ask another operator.",
            required_permission="operator.agents",
        )


def _login_needed(reason: str, command: str) -> Failure:
    return Failure(Code.AUTH_REQUIRED, f"{reason} {WAYS_IN.format(command=command)}", confirm="/login/")


def demand_every_operator_flag(caller: Caller) -> None:
    if caller.kind is not Kind.SYSTEM:
        caller.demand(*sorted(flags.operator_flags()))


def live_keys(agent: Agent) -> "models.QuerySet[ApiKey]":
    return ApiKey.objects.filter(agent=agent, revoked_at__isnull=True)


def demand_version(expected: int | None, actual: int, subject: str) -> None:
    """VERSION_CONFLICT when the caller read an older revision."""
    if expected is not None and expected != actual:
        raise Failure(
            Code.VERSION_CONFLICT,
            f"The {subject} was changed since you read it. Read it again.",
            expected_version=expected,
            current_version=actual,
        )
