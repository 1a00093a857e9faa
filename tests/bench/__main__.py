"""Every measurement, or the ones named: `python -m tests.bench calls waits`.

On the database of DATABASE_URL, else SQLite. `--postgres` starts a PostgreSQL server for them; `--both` measures on
SQLite, then on PostgreSQL where version 15 is installed.
"""

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
INITDB = Path("/usr/lib/postgresql/15/bin/initdb")
STARTER = ROOT / "scripts" / "postgres.sh"


def main(words: list[str]) -> int:
    """Run each in a process of its own; the number of those that failed."""
    known = sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))
    names = [word for word in words if not word.startswith("--")]
    unknown = set(words) - set(known) - {"--postgres", "--both"}
    if unknown:
        sys.stderr.write(f"Unknown: {', '.join(sorted(unknown))}. Known: {', '.join(known)}, --postgres, --both.\n")
        return 2
    names = names or known
    if "--both" in words:
        os.environ.pop("DATABASE_URL", None)
        return run(names) + (run(names, STARTER) if INITDB.exists() else 0)
    return run(names, STARTER) if "--postgres" in words else run(names)


def run(names: list[str], *starter: Path) -> int:
    commands = [[*starter, sys.executable, "-m", f"tests.bench.bench_{name}"] for name in names]
    return sum(subprocess.run(command, cwd=ROOT).returncode != 0 for command in commands)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
