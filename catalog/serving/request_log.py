"""The log of requests with their answers, where it is switched on: receipts in the catalog, a part at a time.

Answers never wait for it. It holds no more rows than it is allowed: while bucket or database are away, what is more is
dropped and counted.
"""

import logging
import threading
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import Error as DatabaseError
from django.db import connections
from django.utils import timezone

from catalog.exceptions import CatalogError, StorageError
from catalog.ml.prediction.logged_rows import LoggedRows, logged_table
from catalog.services.prediction.loaded_model import Model
from catalog.services.serving.request_receipts import record_requests
from catalog.serving.request_bodies import Row
from catalog.serving.scoring_queue import Scored
from catalog.temporary_files import temporary_folder

ACTOR = "serve_models"
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Noted:
    model: Model
    logged: LoggedRows


class RequestLog:
    """`seconds` are how long a part of the log lasts, `most_rows` how many rows are held in memory.

    `logged` and `dropped` count rows since the start.
    """

    def __init__(self, *, seconds: float, most_rows: int) -> None:
        self.seconds, self.most_rows = seconds, most_rows
        self.logged = self.dropped = self.held = 0
        self.noted: list[_Noted] = []
        self.lock = threading.Lock()
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self._work, name="request log", daemon=True)

    def start(self) -> None:
        self.thread.start()

    def note(self, rows: Sequence[Row], scored: Scored) -> None:
        """Take the request into the log, or count it as dropped."""
        with self.lock:
            if self.held + len(rows) > self.most_rows:
                self.dropped += len(rows)
                return
            self.held += len(rows)
            logged = LoggedRows(timezone.now(), rows, scored.predictions, scored.probabilities)
            self.noted.append(_Noted(scored.model, logged))

    def flush(self) -> None:
        """Write what was noted, as a receipt for each version; what can't be written now is tried again."""
        with self.lock:
            noted, self.noted = self.noted, []
        parts: dict[tuple[str, str], list[_Noted]] = defaultdict(list)
        for each in noted:
            parts[each.model.reference, each.model.sha256].append(each)
        for part in parts.values():
            self._flush_part(part)

    def _flush_part(self, part: list[_Noted]) -> None:
        rows = sum(len(each.logged.rows) for each in part)
        try:
            _write(part, rows)
        except (StorageError, DatabaseError, OSError) as error:
            logger.warning("%d logged rows can't be written now: %s", rows, error)
            with self.lock:
                self.noted = [*part, *self.noted]
            return
        except Exception as error:  # whatever it is: the log goes on, and so does the server
            known = isinstance(error, CatalogError)
            logger.warning("%d logged rows are dropped: %s", rows, error, exc_info=None if known else error)
            self.dropped += rows
        else:
            self.logged += rows
        with self.lock:
            self.held -= rows

    def stop(self) -> None:
        """Write what is left; what can't be written is dropped."""
        self.stopped.set()
        self.thread.join()
        with self.lock:
            self.dropped += self.held
            if self.held:
                logger.warning("%d logged rows are dropped: the server ends.", self.held)

    def _work(self) -> None:
        while not self.stopped.wait(self.seconds):
            self._flush_connected()
        self._flush_connected()

    def _flush_connected(self) -> None:
        try:
            self.flush()
        finally:
            connections.close_all()  # of this thread


def _write(part: Sequence[_Noted], rows: int) -> None:
    import pyarrow.parquet as pq

    model = part[0].model
    names = [feature.name for feature in model.signature.features]
    classes, outputs = getattr(model.estimator, "classes_", ()), model.signature.prediction_names
    table = logged_table([each.logged for each in part], names, classes, outputs)
    with temporary_folder() as folder:
        path = folder / "requests.parquet"
        pq.write_table(table, path)
        record_requests(
            reference=model.reference,
            sha256=model.sha256,
            path=path,
            row_count=rows,
            begun=part[0].logged.at,
            ended=part[-1].logged.at,
            actor=ACTOR,
        )
