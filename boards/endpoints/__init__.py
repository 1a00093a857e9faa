"""Addresses that an operation alone does not serve: files in and out, as raw ASGI."""
