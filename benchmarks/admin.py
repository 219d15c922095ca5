"""Time and queries of every page of the admin over 100,000 versions in 500 models on SQLite, in the test client.

    .venv/bin/python -m benchmarks.admin

The JSON of every row is that of one version that is really trained. Exits with 1 when a page misses the bar. Where the
time of the processor is far below the time on the clock, other programs were at work: repeat it.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

MODELS, VERSIONS, EVENTS, VISITS = 500, 100_000, 100_000, 7
MOST_MS, MOST_QUERIES = 100, 15
BATCH = 500


def prepare(folder: Path, database_url: str = "") -> None:
    """Django on a database of its own in the folder, unless another is named."""
    os.environ.update(
        DJANGO_SETTINGS_MODULE="tests.browser.settings",
        DJANGO_SECRET_KEY="of-the-benchmark-only",
        DJANGO_DEBUG="false",
        DJANGO_ALLOWED_HOSTS="testserver",
        DATABASE_URL=database_url or f"sqlite:///{folder}/catalog.sqlite3",
        CATALOG_TEST_FOLDER=str(folder),
        CATALOG_CACHE_DIR=str(folder / "cache"),
    )
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def copies(row: Any, **varied: Iterator[Any]) -> Iterator[Any]:
    """Rows like `row`, with the fields that vary taken from their iterators until one ends."""
    fields = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if field.name != "id"}
    for values in zip(*varied.values(), strict=False):
        yield type(row)(**{**fields, **dict(zip(varied, values, strict=True))})


def build(folder: Path) -> None:
    from catalog.services.search.search_index import add_to_index
    from tests.factories import make_version

    first = make_version(folder)
    kinds = (_models(first), _versions(first), _dataset_versions(first), aliases(), _events(), _receipts(first))
    for rows in kinds:
        while some := list(islice(rows, BATCH)):
            type(some[0]).objects.bulk_create(some)
            add_to_index(some)
    from django.db import connection

    connection.cursor().execute("ANALYZE")


def _models(first: Any) -> Iterator[Any]:
    """All with as many versions as `_versions` gives them; every other one is a regression."""
    from catalog.models import RegisteredModel

    numbers = range(2, MODELS + 1)
    next_number = VERSIONS // MODELS + 1
    RegisteredModel.objects.update(next_number=next_number)
    return copies(
        first.registered_model,
        name=(f"model-{at:03d}" for at in numbers),
        task=(("classification", "regression")[at % 2] for at in numbers),
        next_number=(next_number for _ in numbers),
    )


def _versions(first: Any) -> Iterator[Any]:
    """`VERSIONS` in all, as many of each model; one in fifty is archived, one in a thousand failed."""
    from django.utils import timezone

    each = VERSIONS // MODELS
    at = range(1, VERSIONS)
    return copies(
        first,
        registered_model_id=(number // each + 1 for number in at),
        number=(number % each + 1 for number in at),
        sha256=(f"{number:064x}" for number in at),
        primary_value=(0.9 + number % 97 / 1000 for number in at),
        archived_at=(timezone.now() if number % 50 == 7 else None for number in at),
        status=("FAILED" if number % 1000 == 11 else "READY" for number in at),
    )


def _dataset_versions(first: Any) -> Iterator[Any]:
    numbers = range(2, 2000)
    return copies(first.dataset_version, number=iter(numbers), sha256=(f"{number:064x}" for number in numbers))


def aliases(versions: int = VERSIONS) -> Iterator[Any]:
    """Production of every model, the last but one of its versions."""
    from catalog.models import Alias, ModelVersion

    each = versions // MODELS
    newest = ModelVersion.objects.filter(number=each - 1).values_list("pk", "registered_model_id")
    for pk, model in newest:
        yield Alias(registered_model_id=model, name="production", model_version_id=pk)


def _events() -> Iterator[Any]:
    from catalog.models import AuditEvent, RegisteredModel

    names = list(RegisteredModel.objects.values_list("name", flat=True))
    for at in range(EVENTS):
        name, number = names[at % len(names)], at // len(names) % 199 + 1
        moved = {"alias": "production", "from_value": str(number), "to_value": str(number + 1)}
        yield AuditEvent(
            verb="promoted", actor="ada", object_type="model", object_name=name, version_number=number + 1, **moved
        )


def _receipts(first: Any) -> Iterator[Any]:
    from catalog.models import Prediction

    for at in range(20_000):
        yield Prediction(
            model_version_id=at % 5000 + 1,
            model_sha256=first.sha256,
            input_uri="new.csv",
            input_sha256="a" * 64,
            output_uri="out.csv",
            output_sha256="b" * 64,
            output_bytes=10,
            row_count=10,
            seconds=0.1,
            status="READY",
            created_by="ada",
        )


def pages() -> dict[str, str]:
    """Address of each page, by name; objects in the middle of their tables."""
    from catalog.models import Alias, AuditEvent, ModelVersion, Prediction

    middle = VERSIONS // 2 + 17
    sample = {"alias": Alias.objects.first(), "auditevent": AuditEvent.objects.first()}
    sample |= {"prediction": Prediction.objects.first(), "modelversion": ModelVersion.objects.get(pk=middle)}
    lists = ("registeredmodel", "modelversion", "dataset", "datasetversion", "alias", "auditevent", "prediction")
    catalog, model = "/admin/catalog", sample["modelversion"].registered_model
    return {
        "home": "/admin/",
        "home, page 20": "/admin/?page=20",
        **{f"list of {name}": f"{catalog}/{name}/" for name in lists},
        "versions, page 1000": f"{catalog}/modelversion/?p=1000",
        "versions of a model": f"{catalog}/modelversion/?q={model.name}",
        "versions by digest": f"{catalog}/modelversion/?q={sample['modelversion'].sha256[-40:]}",
        "versions, archived": f"{catalog}/modelversion/?state=ARCHIVED",
        "versions, failed": f"{catalog}/modelversion/?state=FAILED",
        "versions by task": f"{catalog}/modelversion/?task=regression",
        "versions, ready, by task": f"{catalog}/modelversion/?state=READY&task=regression",
        "versions by a filter": f"{catalog}/modelversion/?q=metric.accuracy+%3E+0.5+and+not+tag.stage",
        "versions by metric": f"{catalog}/modelversion/?o=2",
        "events by name": f"{catalog}/auditevent/?q={model.name}",
        "events by who": f"{catalog}/auditevent/?q=ada",
        "events by verb": f"{catalog}/auditevent/?verb__exact=promoted",
        "aliases of a model": f"{catalog}/alias/?q={model.name}",
        "receipts of a model": f"{catalog}/prediction/?q=tumour",
        "model": f"{catalog}/registeredmodel/{model.pk}/change/",
        "model, by metric": f"{catalog}/registeredmodel/{model.pk}/change/?sort=-metric",
        "search": "/search/?q=model-1",
        "search by digest": f"/search/?q={sample['modelversion'].sha256}",
        "version": f"{catalog}/modelversion/{middle}/change/",
        "version's history": f"{catalog}/modelversion/{middle}/history/",
        "promote": f"{catalog}/modelversion/{middle}/promote/",
        "roll back": f"{catalog}/registeredmodel/{model.pk}/roll-back/",
        "card": f"{catalog}/modelversion/{middle}/card/",
        "compare 5": f"{catalog}/modelversion/compare/?" + "&".join(f"v={middle + at}" for at in range(5)),
        "dataset": f"{catalog}/dataset/1/change/",
        "dataset version": f"{catalog}/datasetversion/1/change/",
        "upload": f"{catalog}/dataset/upload/",
        **{name: f"{catalog}/{name}/{sample[name].pk}/change/" for name in ("alias", "auditevent", "prediction")},
    }


def measure(address: str, client: Any) -> tuple[float, float, int]:
    """Median milliseconds of the visits, on the clock and of the processor, and the queries of one after a warm-up."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        response = client.get(address)
        queries = len(captured)  # the next request empties the log
    if response.status_code != 200:
        sys.exit(f"{address} answers {response.status_code}.")
    clock, processor = [], []
    for _ in range(VISITS):
        start, start_processor = time.perf_counter(), time.process_time()
        client.get(address)
        clock.append(1000 * (time.perf_counter() - start))
        processor.append(1000 * (time.process_time() - start_processor))
    return statistics.median(clock), statistics.median(processor), queries


def curator() -> Any:
    """The test client of a curator: not of a superuser, whose permissions take no queries."""
    from django.contrib.auth.models import Group, User
    from django.test import Client

    user = User.objects.create_user("curator", is_staff=True)
    user.groups.set([Group.objects.get(name="Curators")])
    client = Client()
    client.force_login(user)
    return client


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="catalog-benchmark-") as folder:
        (Path(folder) / "static").mkdir()
        prepare(Path(folder))
        started = time.perf_counter()
        build(Path(folder))
        size = (Path(folder) / "catalog.sqlite3").stat().st_size / 1e9
        print(f"{VERSIONS:,} versions in {MODELS} models, {size:.2f} GB, in {time.perf_counter() - started:.0f} s\n")
        client, missed = curator(), 0
        print(f"{'page':<24}{'ms':>8}{'processor':>11}{'queries':>9}")
        for name, address in pages().items():
            milliseconds, processor, queries = measure(address, client)
            is_missed = milliseconds >= MOST_MS or queries > MOST_QUERIES
            missed += is_missed
            figures = f"{milliseconds:>8.1f}{processor:>11.1f}{queries:>9}"
            print(f"{name:<24}{figures}{'  missed' if is_missed else ''}", flush=True)
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
