"""The addresses that producers send to, as raw ASGI: each turns one wire format into records."""
