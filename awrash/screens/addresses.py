"""Addresses of the screens: those of the records and lists that reports name, and those at which views are served."""

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


Page = TypeVar("Page", bound=Callable[..., Any])  # the method that answers with a page


def expose(address: str = "/", methods: Iterable[str] = ("GET",)) -> Callable[[Page], Page]:
    """Serve a method of a view at an address below the view's own, with its types kept: Flask-Admin has none."""
    decorator: Callable[[Page], Page] = flask_admin.expose(address, methods)
    return decorator
