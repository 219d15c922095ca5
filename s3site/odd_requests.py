"""Addresses and query strings that people make up: pages of the admin answer them, and not by an error of the site."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import FieldError, SuspiciousOperation
from django.db import DataError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render

View = Callable[..., HttpResponseBase]
UNFILTERED = "The list can't be filtered or changed as that address asks. Here is all of it."
REFUSED = "Nothing was changed: a value in the form is larger than any that can be stored."
LONGEST_USERNAME = 150
logger = logging.getLogger(__name__)
# What Django and the databases raise for filters that name no field, and for values that a field can't have.
UNSTORABLE = (DataError, OverflowError)
UNUSABLE = (DataError, FieldError, IndexError, OverflowError, SuspiciousOperation, TypeError, ValueError)


def not_found(request: HttpRequest, message: str = "") -> HttpResponse:
    """The page that says so, also while debugging, with what is known about it."""
    return render(request, "404.html", {"message": message}, status=404)


def answering_odd_requests(view: View) -> View:
    """The view of an admin's page; NUL is in no name, and what can't be filtered or stored so is shown as it is."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if _holds_nul(request):
            return not_found(request)
        is_filtered = _asks_for_part_of_a_list(request)
        try:
            return view(request, *args, **kwargs)
        except UNUSABLE as error:
            if not is_filtered and not (isinstance(error, UNSTORABLE) and request.method == "POST"):
                raise
            logger.warning("%.200r could not be answered: %s", request.get_full_path(), error)
            messages.warning(request, UNFILTERED if is_filtered else REFUSED)
            return redirect(request.path)

    return answer


def _holds_nul(request: HttpRequest) -> bool:
    return "\0" in request.path or any("\0" in text for pair in request.GET.lists() for text in (pair[0], *pair[1]))


def _asks_for_part_of_a_list(request: HttpRequest) -> bool:
    match = request.resolver_match
    is_list = match is not None and (match.url_name or "").endswith("_changelist")
    return is_list and bool(request.META["QUERY_STRING"] or request.method == "POST")


def username_to_throttle(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """The name by which failed logins are counted: as long as a user's may be, whatever was typed."""
    given = (credentials or {}).get("username") or request.POST.get("username", "")
    return str(given)[:LONGEST_USERNAME]
