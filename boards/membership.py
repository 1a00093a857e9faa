"""Who may come to a board and with what: agents by name, the flags they hold, and what a board takes away from them."""

from collections.abc import Iterable
from typing import Any, TypedDict

from boards import location, presets, rights
from boards.call import BoardCall
from boards.flags import LEGACY, ON_BOARDS, PUBLISHED, READS, leaves_of
from boards.rights import Rights, granted_to
from pulse_project.core.errors import Code, Failure
from pulse_project.core.models import Agent, PermissionPreset
from pulse_project.core.principals import Caller

EVERYWHERE = "agents.manage"
ON_ONE_BOARD = "board.manage.share"
RIGHTS = ("preset_id", "permission_flags", "permissions")


class BoardRights(TypedDict, total=False):
    """What core stores of an agent's rights on boards."""

    board_preset: PermissionPreset | None
    board_permissions: list[str] | None


def agent_named(text: str, *, lock: bool = False) -> Agent:
    """The agent with that `agent_id` or UUID. Errors: NOT_FOUND."""
    agents = Agent.objects.select_for_update() if lock else Agent.objects.all()
    agent = agents.filter(agent_id=text).first()
    pk = location.uuid_of(text) if agent is None else None
    if pk is not None:
        agent = agents.filter(uuid=pk).first()
    if agent is None:
        raise location.not_found("agent", "agent_id")
    return agent


def open_managed(caller: Caller, board_id: str) -> BoardCall:
    """A call on a board whose access the caller may decide: everywhere, or as its owner or admin.

    Errors: NOT_FOUND, AUTH_REQUIRED, PERMISSION_DENIED.
    """
    caller.demand_identity()
    board = location.board_named(board_id)
    found = rights.rights_on(caller, board)
    if caller.holds(EVERYWHERE):
        return BoardCall(caller, board, found or Rights("operator", frozenset()))
    if found is None:
        raise location.not_found("board", "board_id")
    call = BoardCall(caller, board, found)
    call.demand(ON_ONE_BOARD)
    return call


def taken_away(document: Any) -> list[str]:
    """The flags that `permission_overrides` switches off; true changes nothing. Errors: VALIDATION_ERROR."""
    leaves = leaves_of(document, "permission_overrides") if document is not None else {}
    return sorted(name for name, granted in leaves.items() if not granted)


def rights_of(caller: Caller, given: Any, agent: Agent | None) -> BoardRights:
    """What a call makes of an agent's flags; empty when it names none of `RIGHTS`.

    A preset is copied (null = everything published), a legacy list stands for what it means, and `permission_flags`
    are laid over what the agent has then. Errors: VALIDATION_ERROR, NOT_FOUND (preset), AUTH_REQUIRED.
    """
    named = [name for name in RIGHTS if name in given.model_fields_set]
    if not named:
        return {}
    preset = agent.board_preset if agent else None
    granted = agent.board_permissions if agent else None
    if "preset_id" in named:
        preset = presets.preset_named(given.preset_id) if given.preset_id else None
        granted = sorted(preset.flags) if preset else None
    if "permissions" in named:
        preset, granted = None, _of_legacy(given.permissions)
    if "permission_flags" in named:
        granted = _laid_over(granted, preset, given.permission_flags)
    _demand_known_giver(caller, granted, agent)
    return {"board_preset": preset, "board_permissions": granted}


def _of_legacy(names: list[str] | None) -> list[str] | None:
    """The flags that the retired flat names stand for, with every read and every `interact_in`; null = everything."""
    if names is None:
        return None
    unknown = set(names) - LEGACY.keys()
    if unknown:
        raise Failure(Code.VALIDATION_ERROR, f"permissions takes names among {', '.join(LEGACY)}.", field="permissions")
    meant = {flag for name in names for flag in LEGACY[name]}
    return sorted(meant | READS | {flag for flag in PUBLISHED if ".interact_in." in flag})


def _laid_over(granted: list[str] | None, preset: PermissionPreset | None, document: Any) -> list[str] | None:
    if document is None:
        return sorted(preset.flags) if preset else None
    leaves = leaves_of(document)
    on = {name for name, value in leaves.items() if value}
    return sorted((frozenset(PUBLISHED if granted is None else granted) | on) - (leaves.keys() - on))


def _demand_known_giver(caller: Caller, granted: Iterable[str] | None, agent: Agent | None) -> None:
    """Flags for governing a board come from somebody known: without a key or login anybody on this machine would give
    them to itself."""
    held = granted_to(agent) if agent else frozenset[str]()
    if caller.auth == "loopback" and (ON_BOARDS - set(PUBLISHED)) & frozenset(granted or ()) - held:
        raise Failure(
            Code.AUTH_REQUIRED,
            "A local caller without key gives no flags for governing boards. Log in at /login/, or use `pulse op`.",
            confirm="/login/",
        )
