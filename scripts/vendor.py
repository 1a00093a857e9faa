#!/usr/bin/env python3
"""Fetch the vendored browser files that static/vendor/VENDOR.toml lists, with `npm pack`, and check their hashes.

python3 scripts/vendor.py            fetch; stop when a hash differs from the table
python3 scripts/vendor.py --record   fetch and write the hashes into the table (after a deliberate version change)
"""

import hashlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path
from typing import Any

VENDOR = Path(__file__).resolve().parent.parent / "static" / "vendor"
TABLE = VENDOR / "VENDOR.toml"
SHAPES = re.compile(r"<(?:path|rect|circle|line|polyline|polygon|ellipse)\b[^>]*/>")


def unpack(package: str, folder: Path) -> Path:
    """The unpacked contents of one npm package."""
    subprocess.run(["npm", "pack", "--silent", package], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    archive = next(folder.glob("*.tgz"))
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    return folder / "package"


def sprite(icons: Path, names: list[str]) -> bytes:
    """One SVG with a `<symbol>` per icon; colour and stroke come from the style sheet."""
    symbols = []
    for name in sorted(names):
        shapes = SHAPES.findall((icons / f"{name}.svg").read_text())
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{"".join(shapes)}</symbol>')
    return ('<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n").encode()


def content(package: Path, row: dict[str, Any]) -> bytes:
    if "icons" in row:
        return sprite(package / row["source"], row["icons"])
    return (package / row["source"]).read_bytes()


def fetch(row: dict[str, Any]) -> str:
    """Write one row's file and licence; answers the file's SHA-256."""
    target = VENDOR / row["file"]
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        package = unpack(f"{row['name']}@{row['version']}", Path(scratch))
        data = content(package, row)
        shutil.copyfile(package / row["licence_file"], target.parent / "LICENSE")
    target.write_bytes(data)
    return hashlib.sha256(data).hexdigest()


def record(file: str, digest: str) -> None:
    """Put the hash of one row's file into the table, leaving the rest of the text as it is."""
    pattern = re.compile(rf'(file = "{re.escape(file)}"\s+sha256 = ")[0-9a-f]*(")')
    TABLE.write_text(pattern.sub(rf"\g<1>{digest}\g<2>", TABLE.read_text(), count=1))


def main(arguments: list[str]) -> int:
    recording = "--record" in arguments
    failed = 0
    for row in tomllib.loads(TABLE.read_text())["package"]:
        digest = fetch(row)
        if recording:
            record(row["file"], digest)
        elif digest != row["sha256"]:
            failed += 1
        sys.stdout.write(f"{row['file']}  {digest}\n")
    if failed:
        sys.stderr.write(f"{failed} files differ from the recorded hashes.\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
