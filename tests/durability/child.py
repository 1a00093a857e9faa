"""A process that writes to a store and says what was acknowledged, run with a command; the tests kill it."""

import os
import signal
import sys
import threading
from typing import Any

import django


def main(command: str, *arguments: str) -> None:
    django.setup()
    COMMANDS[command](*arguments)


def say(*words: object) -> None:
    """One whole line at once, so that lines of several threads do not mix."""
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def prepare() -> None:
    from pulse_project.core.prepare import prepare as prepare_store

    prepare_store()


def write_one(name: str) -> int:
    """One transaction of several rows; returns the event's number."""
    from pulse_project.core import db, outbox
    from pulse_project.core.models import StoreMark
    from pulse_project.core.principals import Caller, Kind

    child = Caller(Kind.SYSTEM, "child")

    def act() -> int:
        with db.write_tx() as tx:
            pending = outbox.emit("test.made", caller=child, entity=("thing", name), filler="x" * 400)
            StoreMark.objects.update_or_create(name="last", defaults={"value": name})
            tx.flush()
            return pending.seq

    return db.write_here(act)


def write(threads: str, count: str) -> None:
    """Write until killed (count 0) or `count` times a thread; acknowledge each write by its number."""

    def loop(thread: int) -> None:
        done = 0
        while not int(count) or done < int(count):
            say(write_one(f"{os.getpid()}-{thread}-{done}"))
            done += 1

    workers = [threading.Thread(target=loop, args=(number,)) for number in range(int(threads))]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def serve(threads: str) -> None:
    """The same beside the upkeep of a server."""
    from pulse_project.core import upkeep

    upkeep.start()
    write(threads, "0")
    threading.Event().wait(30)  # its writers have stopped, a server would still run


def die_at(phase: str) -> None:
    """Acknowledge three writes, then die inside the fourth: begin, work, commit or sync."""
    from pulse_project.core.sqlite.base import DatabaseWrapper
    from pulse_project.core.sqlite.syncer import Syncer

    def dying(*_: Any) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    for number in range(3):
        say(write_one(str(number)))
    match phase:
        case "begin":
            DatabaseWrapper._start_transaction_under_autocommit = dying
        case "work":
            from pulse_project.core import domain_log

            domain_log.DomainLog.write = dying
        case "commit":
            DatabaseWrapper._commit = dying
        case "sync":
            Syncer.sync = dying
    say(write_one("never acknowledged"))


def deliver(where: str) -> None:
    """Emit one event and die before its delivery, inside the subscriber or after it; or (`no`) deliver what is left."""
    from pulse_project.core import deliveries, domain_log

    def dying(*_: Any) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def handler(event: Any) -> None:
        say("begin", event.seq)
        if where == "inside":
            dying()
        say("end", event.seq)

    domain_log.SUBSCRIBERS["kept"] = domain_log.Subscriber("kept", ("test.made",), handler, atomic=False)
    if where == "no":
        deliveries.recover()
    else:
        write_one("delivered")
    if where == "before":
        dying()
    if where == "after":
        deliveries._close = dying
    deliveries.drain()


def fill() -> None:
    """Meet a file-size limit, read on, and write again once it is lifted."""
    import resource

    from django.db import DatabaseError

    from pulse_project.core import db
    from pulse_project.core.models import DomainEvent

    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, hard))
    done = 0
    while True:
        try:
            write_one(str(done))
        except DatabaseError as error:
            failure = db.failure_of(error)
            break
        done += 1
    seen = DomainEvent.objects.count()
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    say(failure.details["reason"], failure.details["retryable"], seen == done, write_one("afterwards") == done + 1)


def read_only() -> None:
    """Meet a store that this user may read but not write."""
    from django.db import DatabaseError

    from pulse_project.core import db
    from pulse_project.core.models import DomainEvent

    if os.geteuid() == 0:  # root may write everywhere
        os.chmod(os.environ["PULSE_HOME"], 0o555)  # noqa: S103 - a home is private, and this user is another one
        os.setegid(65534)
        os.seteuid(65534)
    seen = DomainEvent.objects.count()
    try:
        write_one("refused")
    except DatabaseError as error:
        failure = db.failure_of(error)
        say(failure.details["reason"], failure.details["retryable"], seen)


COMMANDS = {
    "prepare": prepare, "write": write, "serve": serve, "die_at": die_at, "deliver": deliver, "fill": fill,
    "read_only": read_only,
}  # fmt: skip

if __name__ == "__main__":
    main(*sys.argv[1:])
