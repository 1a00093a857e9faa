"""A process that counts in a file, with the write lock or without. Arguments: folder, rounds, lock | none."""

import sys
import time
from contextlib import nullcontext
from pathlib import Path

from pulse_project.core.sqlite.write_lock import WriteLock

folder, rounds, mode = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
lock = WriteLock(folder, "")
counter = folder / "counter"
print("ready", flush=True)  # noqa: T201 - the test waits for this line
sys.stdin.readline()
for _ in range(rounds):
    with lock.held(30) if mode == "lock" else nullcontext():
        number = int(counter.read_text())
        time.sleep(0.0002)
        counter.write_text(f"{number + 1}")
print(time.monotonic(), flush=True)  # noqa: T201
