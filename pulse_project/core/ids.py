"""Public ids: a short prefix and random hex, opaque to callers and safe in a path."""

import secrets


def new_id(prefix: str, hex_digits: int = 20) -> str:
    """`prefix` + random hex; 20 digits are 80 bits, so two ids never meet in practice."""
    return prefix + secrets.token_hex(hex_digits // 2)
