"""Which addresses a person may be redirected to: those of this site alone."""

import re

from flask import request

MISLEADING = re.compile(r"[\x00-\x20\x7f\\]")  # browsers take tabs out of an address and read \ as /
HOME = "/admin/"


def is_here(address: str) -> bool:
    """Whether every browser that follows this address stays on this site."""
    if MISLEADING.search(address):
        return False
    return address.startswith(request.host_url) or bool(re.match(r"/(?!/)", address))
