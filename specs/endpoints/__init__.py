"""Addresses that an operation alone does not serve, as raw ASGI."""
