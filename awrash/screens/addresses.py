"""The addresses of what reports name as data: a record's page, or a list with its filters set."""

from typing import Any

from flask import url_for

from awrash.reports.places import ListOf, Place
from awrash.screens.lists import PREFIX


def address_of(place: Place | ListOf) -> str:
    """The address of a record's page, or of a list narrowed to the records that a report counted."""
    if isinstance(place, Place):
        return url_for(f"{place.record}.details_view", id=place.id)
    filters: dict[str, Any] = {PREFIX + name: value for name, value in place.filters.items()}
    return url_for(f"{place.record}.index_view", **filters)
