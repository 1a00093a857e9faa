"""Draining `.jsonl` files into the store: each event once, whatever dies in between; nothing a producer wrote is lost.

`files` opens them, `lines` cuts them, `positions` remembers how far, `taking` stores what they hold, `claims` removes
what is drained, `dead_letters` keeps what is no event, `runs` goes over a file or folder, `reports` says what happened.
"""
