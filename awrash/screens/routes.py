"""The address of a page within its view; Flask-Admin's own `expose`, which names no types, with those of its views."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import flask_admin

Page = TypeVar("Page", bound=Callable[..., Any])


def expose(address: str = "/", methods: Iterable[str] = ("GET",)) -> Callable[[Page], Page]:
    """Serve a method of a view at an address below the view's own."""
    mark: Callable[[Page], Page] = flask_admin.expose(address, methods)
    return mark
