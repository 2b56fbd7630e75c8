"""The addresses of what reports name as data: a record's page, or a list with its filters set."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import flask_admin
from flask import url_for

from awrash.reports.places import ListOf, Place
from awrash.screens.lists import PREFIX


def address_of(place: Place | ListOf) -> str:
    """The address of a record's page, or of a list narrowed to the records that a report counted."""
    if isinstance(place, Place):
        return url_for(f"{place.record}.details_view", id=place.id)
    filters: dict[str, Any] = {PREFIX + name: value for name, value in place.filters.items()}
    return url_for(f"{place.record}.index_view", **filters)


Page = TypeVar("Page", bound=Callable[..., Any])


def expose(address: str = "/", methods: Iterable[str] = ("GET",)) -> Callable[[Page], Page]:
    """Serve a method of a view at an address below the view's own."""
    mark: Callable[[Page], Page] = flask_admin.expose(address, methods)
    return mark
