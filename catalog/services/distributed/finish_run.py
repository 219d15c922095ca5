"""The end of a run in parts: the list of the parts is published last, and makes the output valid."""

import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from catalog.exceptions import Inconsistent, NotReady, counted
from catalog.ml.tables.dialects.dialect import Dialect
from catalog.ml.tables.profiling.notes import dialect_note
from catalog.models import Prediction
from catalog.services.distributed.part_messages import Part, PartResult, PartTask
from catalog.services.distributed.part_scoring import output_storage
from catalog.services.distributed.run_leases import HeldRun
from catalog.services.persistence.manifests import manifest_text, queue_receipt_manifest
from catalog.storage.interface import catalog_storage, put_bytes
from catalog.storage.keys import PARTS_LIST, manifest_beside, part_name

FORMAT = 1


def finish_run(held: HeldRun, task: PartTask, seconds: float) -> None:
    """RUNNING → READY, when every part is done, by whom holds the run. Each step may be done again by one that goes on.

    The totals are committed before they are published, so that what is published is what the row says.
    """
    receipt = held.receipt
    if not receipt.parts:
        with transaction.atomic():
            held.require()
            _take_totals(receipt, seconds)
    content = _parts_list(receipt)
    put_bytes(output_storage(task), f"{task.prefix}{PARTS_LIST}", content, upload_token=receipt.upload_token)
    receipt.status, receipt.failure = Prediction.Status.READY, ""
    if receipt.stored_key:
        manifest = manifest_text(receipt).encode()
        put_bytes(catalog_storage(), manifest_beside(receipt.stored_key), manifest, upload_token=receipt.upload_token)
    with transaction.atomic():
        if not held.release(Prediction.Status.READY):
            raise NotReady(f"The run {receipt.pk} was ended by somebody else meanwhile.")
        receipt.running_parts.all().delete()
        if not receipt.stored_key:
            queue_receipt_manifest(receipt)


def reading_notes(receipt: Prediction) -> list[str]:
    """How the new files of text were read, by the parts that are done, and what people should look at."""
    alike: list[_AlikeFiles] = []
    doubts: dict[str, None] = {}
    for row in receipt.running_parts.done():
        result = PartResult(**(row.result or {}))
        doubts |= dict.fromkeys(result.doubts)
        if result.dialect and not any(files.add(result) for files in alike):
            alike.append(_AlikeFiles(Dialect.from_json(result.dialect), result.example, row.source["uri"]))
    if len(alike) == 1:
        return [*dialect_note(alike[0].dialect, alike[0].example), *doubts]
    return [*(files.note for files in alike), *doubts]


@dataclass
class _AlikeFiles:
    """Files whose dialects do not contradict each other."""

    dialect: Dialect
    example: str
    first: str
    count: int = 1

    def add(self, result: PartResult) -> bool:
        joined = self.dialect.join(Dialect.from_json(result.dialect))
        if joined is None:
            return False
        self.dialect, self.count = joined, self.count + 1
        return True

    @property
    def note(self) -> str:
        others = f" and {self.count - 1:,} more" if self.count > 1 else ""
        return f"{self.first}{others}: read as {', '.join(self.dialect.words(self.example)) or 'plain CSV'}."


def _take_totals(receipt: Prediction, seconds: float) -> None:
    """What all parts amount to, into the receipt."""
    rows = list(receipt.running_parts.done())
    if len(rows) != receipt.part_count:
        raise Inconsistent(f"The run {receipt.pk} has {counted(len(rows), 'done part')}, of {receipt.part_count:,}.")
    unseen: Counter[str] = Counter()
    extra: dict[str, None] = {}
    for row in rows:
        result = PartResult(**(row.result or {}))
        receipt.parts.append(
            {
                "name": part_name(row.number, receipt.options["format"]),
                "source": str(Part.from_json(row.source)),
                "etag": row.source["etag"],
                "rows": result.rows,
                "bytes": result.bytes,
                "sha256": result.sha256,
            }
        )
        unseen.update(result.unseen)
        extra |= dict.fromkeys(result.extra)
    receipt.row_count = sum(part["rows"] for part in receipt.parts)
    receipt.unseen_categories, receipt.extra_columns, receipt.seconds = dict(unseen), list(extra), seconds
    content = _parts_list(receipt)
    receipt.output_sha256, receipt.output_bytes = hashlib.sha256(content).hexdigest(), len(content)
    receipt.save(
        update_fields=[
            "parts", "row_count", "unseen_categories", "extra_columns", "seconds", "output_sha256", "output_bytes",
        ]
    )  # fmt: skip


def _parts_list(receipt: Prediction) -> bytes:
    """The object that makes the output valid, the same whenever it is made again."""
    values: dict[str, Any] = {
        "format": FORMAT,
        "receipt": str(receipt.pk),
        "model": receipt.model_version.reference,
        "model_sha256": receipt.model_sha256,
        "rows": receipt.row_count,
        "parts": receipt.parts,
    }
    return json.dumps(values, indent=1, ensure_ascii=False).encode()
