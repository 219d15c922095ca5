"""A program: sends odd addresses, query strings and forms to every page, signed in and not, and prints what failed.

Its arguments are a file with the rows of a catalog, one with the actions as [address, form] pairs, and `all` or `some`:
whether each page and each field is sent every odd value, or some of them in turn.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import django

DEEP = "[" * 100_000
ODD = ["", "\0", "a\0b", "1,2", "-1", "9" * 30, "9" * 5000, "1e999", "NaN", "²", "٣", "2026-99-99", "💥", "%", "'\"<",
       "__", "name", "../..", "True", "\u202e", "\r\n", "{}", DEEP, '{"a": ' * 5000, "x" * 3000]  # fmt: skip
RAW_QUERIES = ["%", "%00", "a=%ff%fe", "%ed%a0%80=1", "a=%ed%a0%80", "&".join("a" * 900), "=", ";;", "[]=1"]
LOOKUPS = ["", "exact", "in", "range", "isnull", "gt", "regex", "contains", "date", "year", "exact__exact", "id", "0"]
PARAMETERS = ["q", "o", "p", "e", "all", "v", "page", "only", "state", "task", "trash", "alias", "dataset", "name",
              "next", "_facets", "_popup", "_to_field"]  # fmt: skip
EXAMPLES = 8
SOME = 3
ODD_PARTS = ["\0", "a\0b", "-1", "9" * 30, "9" * 5000, "²", "%", "../..", "\r\n", "x" * 3000]


def main(rows: str, actions: str, how_many: str) -> None:
    django.setup()
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.test import Client

    call_command("migrate", verbosity=0)
    call_command("loaddata", rows, verbosity=0)
    client, stranger = (Client(SERVER_NAME="localhost", raise_request_exception=False) for _ in range(2))
    client.force_login(User.objects.create_superuser("root"))
    without_children()
    sent, turns = Sent(), Turns(how_many == "all")
    for address in pages():
        for query in queries(address, turns):
            sent.look(client.get(address, QUERY_STRING=query), f"GET {address}?{query[:100]}")
    for path in odd_paths(turns):
        sent.look(client.get(path), f"GET {path[:100]}")
    for path in turns.some("paths of a stranger", list(odd_paths(turns)), 10 * SOME):
        sent.look(stranger.get(path), f"stranger: GET {path[:100]}")
    for address, form in forms(actions):
        for data in odd_forms(form, turns):
            sent.look(client.post(address, data), f"POST {address} {str(data)[:200]}")
    for data in odd_forms({"username": "root", "password": "wrong"}, turns):
        sent.look(stranger.post("/admin/login/", data), f"stranger: POST /admin/login/ {str(data)[:100]}")
    sys.stdout.write(json.dumps({"sent": sent.count, "failed": sent.failed}))


class Sent:
    """How many requests were answered, and which of them by an error of the site."""

    def __init__(self) -> None:
        self.count = 0
        self.failed: dict[str, str] = {}

    def look(self, response: Any, what: str) -> None:
        self.count += 1
        if response.status_code >= 500:
            error = getattr(response, "exc_info", None)
            why = f"{error[0].__name__}: {str(error[1])[:200]}" if error else "500"
            self.failed.setdefault(why, what)


@dataclass
class Turns:
    """All values each time, or the next few of them, so that each is sent somewhere."""

    is_all: bool
    begun: dict[str, Iterator[Any]] = field(default_factory=dict)

    def some(self, kind: str, values: Sequence[Any], most: int = SOME) -> list[Any]:
        endless = self.begun.setdefault(kind, cycle(values))
        return list(values) if self.is_all else list(islice(endless, min(most, len(values))))


def without_children() -> None:
    """No request starts a command in a child process: what those refuse is tested with the commands."""
    from catalog.admin.jobs import job_starting
    from catalog.admin.uploads import upload_pages

    for module in (job_starting, upload_pages):
        vars(module)["run_command"] = lambda *given, **options: ({}, "Refused.")


def pages() -> list[str]:
    """The address of every page that a GET may ask for."""
    from tests.admin.visiting import pages as all_pages

    return [page for page in all_pages() if "logout" not in page]


def queries(address: str, turns: Turns) -> Iterator[str]:
    """Query strings: raw ones, each parameter with each odd value, and lookups on fields of the list."""
    from hypothesis import strategies as st

    yield from turns.some("raw queries", RAW_QUERIES, 1)
    names = st.one_of(st.sampled_from(PARAMETERS), lookups(address), st.text(max_size=10))
    values = st.one_of(st.sampled_from(ODD[:-4]), st.text(max_size=20))
    examples = drawn(st.lists(st.tuples(names, values), min_size=1, max_size=3), EXAMPLES)
    for at in turns.some("examples", range(len(examples)), 2):
        yield urlencode(examples[at], errors="surrogatepass")
    for name in turns.some("parameters", PARAMETERS, 2):
        yield urlencode({name: "a\0b"})
    if address.count("/") == 4:
        yield from (urlencode({f"{name}__range": "1"}) for name in turns.some(address, fields(address)))


def lookups(address: str) -> Any:
    """A strategy for the names of filters: fields of the list's rows, followed, with lookups that fit and others."""
    from hypothesis import strategies as st

    return st.builds("__".join, st.lists(st.sampled_from([*fields(address), *LOOKUPS]), min_size=1, max_size=3))


def fields(address: str) -> list[str]:
    from django.apps import apps

    try:
        model = apps.get_model("catalog", address.split("/")[3])
    except (IndexError, LookupError):
        return ["id", "name"]
    return [field.name for field in model._meta.get_fields()]


def drawn(strategy: Any, count: int) -> list[Any]:
    """So many examples, the same each time."""
    from hypothesis import HealthCheck, Phase, given, settings

    examples: list[Any] = []
    bounded = settings(
        max_examples=count, derandomize=True, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    bounded(given(strategy)(lambda example: examples.append(example)))()
    return examples


def odd_paths(turns: Turns) -> Iterator[str]:
    """Addresses with odd parts in them, where a name, a number or a key is expected."""
    from django.contrib import admin

    starts = [f"/admin/{model._meta.app_label}/{model._meta.model_name}" for model in admin.site._registry]
    addresses = [
        ("/models/", "/"), ("/models/late/", "/"), ("/datasets/", "/"), ("/datasets/x/", "/"), ("/jobs/", "/"),
        ("/", ""), ("/admin/", "/"), ("/admin/jsi18n/", ""), ("/admin/catalog/job/", "/live/"),
        ("/admin/catalog/modelversion/", "/card/"),
        *((f"{start}/", end) for start in starts for end in ("/change/", "/", "/download/")),
    ]  # fmt: skip
    parts = [quote(text, safe="") for text in ODD_PARTS]
    for before, after in addresses:
        yield from (f"{before}{part}{after}" for part in turns.some("parts", parts))


def forms(actions: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every form of the site, filled in."""
    from tests.admin.jobs.test_jobs import TRAINING

    yield from ((address, dict(form)) for address, form in json.loads(Path(actions).read_text()))
    yield "/admin/catalog/job/train/", {**TRAINING, "search": "grid", "search_space": "{}"}
    yield "/admin/catalog/job/predict/", {"reference": "late", "dataset": "departures", "id_columns": "carrier"}
    yield "/admin/catalog/dataset/upload/", {"name": "birds", "description": ""}
    yield "/admin/catalog/modelversion/upload/", {"name": "birds", "task": "", "dataset": "", "target": ""}
    yield "/admin/password_change/", {"old_password": "x", "new_password1": "y", "new_password2": "y"}
    yield "/admin/catalog/modelversion/", {"action": "compare", "_selected_action": "1", "select_across": "0"}
    for kind in ("user", "group"):
        yield f"/admin/auth/{kind}/add/", {"username": "ada", "name": "people", "permissions": "1"}


def odd_forms(form: dict[str, Any], turns: Turns) -> Iterator[dict[str, Any]]:
    """The form with one field changed to each odd value, and with a field more."""
    for name in form:
        yield from ({**form, name: value} for value in dict.fromkeys(["\0", DEEP, *turns.some("odd", ODD)]))
    yield {**form, "reason": "a\0b"}
    yield {}


if __name__ == "__main__":
    main(*sys.argv[1:])
