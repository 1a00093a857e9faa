"""A process that drains one path in forked children and kills each of them at a random moment, until one gets through.

`drain_killed PATH truncate|keep SEED KILLS`: prints how many were killed. The store is that of the environment.
"""

import os
import random
import signal
import sys
import time
from pathlib import Path

import django


def main() -> None:
    django.setup()
    from django.db import connections

    from telemetry.command_line import open_store

    path, how, seed, kills = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    open_store()
    connections.close_all()
    pick = random.Random(seed)
    killed = 0
    while killed < kills:
        child = os.fork()
        if not child:
            _drain(path, truncate=how == "truncate")
        time.sleep(pick.uniform(0.0, 0.05))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        killed += os.WIFSIGNALED(status)
        if not os.WIFSIGNALED(status):
            break
    sys.stdout.write(f"{killed}\n")


def _drain(path: Path, *, truncate: bool) -> None:
    from telemetry.drain.runs import Run
    from telemetry.drain.taking import Terms

    Run(path, Terms(truncate=truncate)).once()
    os._exit(0)


if __name__ == "__main__":
    main()
