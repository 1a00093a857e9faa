"""`make bench`: every measurement, or the ones named: `make bench ARGS="calls waits"`."""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def main(names: list[str]) -> int:
    """Run each in a process of its own; the number of those that failed."""
    known = sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))
    unknown = set(names) - set(known)
    if unknown:
        sys.stderr.write(f"Unknown: {', '.join(sorted(unknown))}. Known: {', '.join(known)}.\n")
        return 2
    runs = [subprocess.run([sys.executable, "-m", f"tests.bench.bench_{name}"], cwd=ROOT) for name in names or known]
    return sum(run.returncode != 0 for run in runs)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
