"""What an agent still holds in some app: asked before it is deleted, whichever surface deletes it."""

from collections.abc import Callable, Mapping

Holdings = Callable[[str], Mapping[str, int]]

_registered: list[Holdings] = []


def register_holdings(of_agent: Holdings) -> Holdings:
    """Add what an app counts for an `agent_id`, as `{what: how many}`; called while apps load."""
    _registered.append(of_agent)
    return of_agent


def holdings_of(agent_id: str) -> dict[str, int]:
    """Everything that the agent holds now, by name; empty when it may go."""
    return {name: count for of_agent in _registered for name, count in of_agent(agent_id).items() if count}
