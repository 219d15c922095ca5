"""The reader's time zone: the browser tells it by a cookie, which catalog/static/catalog/zone.js sets."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from s3site.environment import find_zone

COOKIE = "time_zone"


def use_the_readers_zone(
    answer: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware. Without a cookie, or with one that names no zone, times are in that of the site."""

    def respond(request: HttpRequest) -> HttpResponseBase:
        with timezone.override(find_zone(request.COOKIES.get(COOKIE, ""))):
            return answer(request)

    return respond
