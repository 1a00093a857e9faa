"""What only one server may do is done by another when it dies or leaves."""

import signal

import pytest

from tests.postgres.conftest import Team, within

SUCCESSION = 5.0  # seconds


def leave_work(team: Team) -> None:
    """A delivery that a dead process held, to a subscriber that exists no longer: a leader's first duty."""
    team.ask(
        "INSERT INTO core_delivery (event_id, subscriber, subject, attempts, state, due_us, last_error)"
        " SELECT max(seq), 'gone', '', 1, 'running', 0, '' FROM core_domainevent"
    )


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM], ids=["killed", "stopped"])
def test_another_server_takes_over_the_duties_of_one_that_ends(team: Team, end: signal.Signals) -> None:
    first, _ = team.begin("first"), team.begin("second")
    assert within(SUCCESSION, lambda: team.leader() == "first")
    leave_work(team)
    first.process.send_signal(end)
    assert within(SUCCESSION, lambda: team.leader() == "second")
    assert within(SUCCESSION, lambda: not team.ask("SELECT FROM core_delivery"))
