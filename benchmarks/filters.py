"""Milliseconds of filters over 100,000 versions: by the rows of the index, and by the JSON alone, on both databases.

    .venv/bin/python -m benchmarks.filters [sqlite|postgresql] [versions]

Each is what a page of the list asks: how many versions match, and the newest fifty. Exits with 1 when a filter misses
the bar. PostgreSQL is Debian's, started for this alone.
"""

import os
import random
import statistics
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

VISITS, MOST_MS, BATCH, PAGE = 5, 200, 500, 50
FILTERS = {
    "a metric, half of all": "metric.score > 0.5",
    "a metric, 100 of all": "metric.score > 0.999",
    "a metric, all": "metric.score > 0",
    "two metrics": "metric.score > 0.8 and metric.loss < 0.2",
    "one of two metrics": "metric.score > 0.9 or metric.loss < 0.1",
    "a tag, a third": "tag.stage = eu",
    "a tag, none": "tag.stage = mars",
    "not a tag": "not tag.stage = eu",
    "not a metric": "not metric.score > 0.5",
    "a dataset, all": "dataset = cancer:1",
    "a model": "model = model-007",
    "metric, tag, dataset": "metric.score > 0.8 and tag.stage = eu and dataset = cancer:1",
    "metric, tag, model": "metric.score > 0.8 and tag.stage = eu and model = model-007",
    "a state": "state = FAILED",
    "an estimator": "estimator = svm",
    "who": "by = grace",
    "a day": "created = 2026-06-01",
    "an alias": "alias = production",
}


@contextmanager
def database(vendor: str, folder: Path) -> Iterator[str]:
    if vendor == "sqlite":
        yield f"sqlite:///{folder}/catalog.sqlite3"
        return
    from tests.servers.postgres import postgres

    with postgres() as server:
        yield server.database_url("filters")


def build(folder: Path, count: int) -> None:
    from django.db import connection

    from benchmarks.admin import _models, aliases
    from catalog.models import Alias
    from catalog.services.search.search_index import add_to_index
    from tests.factories import make_version

    first = make_version(folder)
    for rows in (_models(first), _versions(first, count)):
        while some := list(islice(rows, BATCH)):
            type(some[0]).objects.bulk_create(some)
            add_to_index(some)
    Alias.objects.bulk_create(aliases(count))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _versions(first: Any, count: int) -> Iterator[Any]:
    """With eight metrics and two tags each."""
    from datetime import UTC, datetime, timedelta

    from benchmarks.admin import MODELS, copies

    chance, each, at = random.Random(7), count // MODELS, range(1, count)
    began = datetime(2026, 1, 1, tzinfo=UTC)

    def metrics() -> Iterator[dict[str, Any]]:
        names = ["score", "loss", *(f"metric_{number}" for number in range(6))]
        while True:
            yield {name: {"value": chance.random(), "baseline": 0.5, "higher_is_better": True} for name in names}

    return copies(
        first,
        registered_model_id=(number // each + 1 for number in at),
        number=(number % each + 1 for number in at),
        sha256=(f"{number:064x}" for number in at),
        metrics=metrics(),
        tags=({"stage": ("eu", "us", "asia")[number % 3], "run": str(number)} for number in at),
        status=("FAILED" if number % 1000 == 11 else "READY" for number in at),
        estimator=("svm" if number % 50 == 3 else "ridge" for number in at),
        created_by=("grace" if number % 20 == 3 else "ada" for number in at),
        created_at=(began + timedelta(minutes=3 * number) for number in at),
    )


def page(condition: Any) -> tuple[int, int]:
    """How many match, and how many of them a page shows."""
    from catalog.models import ModelVersion

    versions = ModelVersion.objects.filter(condition, trashed_at=None).order_by("-pk")
    keys = list(versions.values_list("pk", flat=True)[:PAGE])
    return versions.count(), len(list(ModelVersion.objects.for_listing().filter(pk__in=keys)))


def filtered_page(text: str) -> tuple[int, int]:
    """The page of what is typed, which is read and looked up anew each time."""
    from catalog.services.search.where_filter import where

    return page(where(text))


def milliseconds(work: Callable[[], Any]) -> tuple[float, Any]:
    found, times = work(), []
    for _ in range(VISITS):
        start = time.perf_counter()
        work()
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times), found


def measure_filters() -> int:
    missed = 0
    for name, text in FILTERS.items():
        median, (count, _) = milliseconds(partial(filtered_page, text))
        missed += median > MOST_MS
        print(f"  {name:<24}{count:>8,}{median:>9.1f} ms{'  missed' if median > MOST_MS else ''}", flush=True)
    return missed


def measure_json() -> None:
    """The same questions asked of the JSON, which no index answers; on PostgreSQL equality by a GIN index too."""
    from django.db import connection
    from django.db.models import Q

    asked = {"metric > 0.5": Q(metrics__score__value__gt=0.5), "tag = eu": Q(tags__stage="eu")}
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("CREATE INDEX gin_tags ON catalog_modelversion USING gin (tags jsonb_path_ops)")
            cursor.execute("CREATE INDEX gin_metrics ON catalog_modelversion USING gin (metrics jsonb_path_ops)")
            cursor.execute("ANALYZE")
        asked |= {"tag contains, GIN": Q(tags__contains={"stage": "eu"})}
    for name, condition in asked.items():
        median, (count, _) = milliseconds(partial(page, condition))
        print(f"  by JSON: {name:<15}{count:>8,}{median:>9.1f} ms", flush=True)


def measure_lists() -> None:
    """Peak memory of whole lists, written to nowhere."""
    from django.core.management import call_command

    with Path(os.devnull).open("w") as nowhere:
        for arguments in (["versions"], ["versions", "--json"], ["versions", "--where", "metric.score > 0.5"]):
            for limit in (1_000, 10_000, None):
                tracemalloc.start()
                start = time.perf_counter()
                call_command(*arguments, *([] if limit is None else ["--limit", str(limit)]), stdout=nowhere)
                seconds, peak = time.perf_counter() - start, tracemalloc.get_traced_memory()[1] / 1e6
                tracemalloc.stop()
                print(f"  {' '.join(arguments):<42}{limit or 'all':>8}{seconds:>8.1f} s{peak:>8.1f} MB", flush=True)


def main(vendor: str = "sqlite", count: str = "100000") -> None:
    with tempfile.TemporaryDirectory(prefix="catalog-benchmark-") as name, database(vendor, Path(name)) as address:
        from benchmarks.admin import prepare

        (Path(name) / "static").mkdir()
        prepare(Path(name), address)
        build(Path(name), int(count))
        print(f"{vendor}, {int(count):,} versions, a page of each filter:")
        missed = measure_filters()
        measure_json()
        measure_lists()
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
