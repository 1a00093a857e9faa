"""Every measurement, or the ones named: `python -m tests.bench calls waits`.

On SQLite; with `--postgres` on a PostgreSQL server of its own; with `--both` first the one, then the other where
PostgreSQL 15 is installed.
"""

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
INITDB = Path("/usr/lib/postgresql/15/bin/initdb")


def main(words: list[str]) -> int:
    """Run each in a process of its own; the number of those that failed."""
    known = sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))
    names = [word for word in words if not word.startswith("--")]
    unknown = set(words) - set(known) - {"--postgres", "--both"}
    if unknown:
        sys.stderr.write(f"Unknown: {', '.join(sorted(unknown))}. Known: {', '.join(known)}, --postgres, --both.\n")
        return 2
    failed = 0 if "--postgres" in words else run(names or known)
    if "--postgres" in words or ("--both" in words and INITDB.exists()):
        failed += run(names or known, ROOT / "scripts" / "postgres.sh")
    return failed


def run(names: list[str], *prefix: Path) -> int:
    """The prefix starts PostgreSQL; without it the measurements run on SQLite."""
    env = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    commands = [[*prefix, sys.executable, "-m", f"tests.bench.bench_{name}"] for name in names]
    return sum(subprocess.run(command, cwd=ROOT, env=env).returncode != 0 for command in commands)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
