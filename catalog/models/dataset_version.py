from django.db import models

from catalog.models.dataset import Dataset
from catalog.models.encoding import StrictJSONField
from catalog.models.names import validate_tags
from catalog.models.stored_version import StoredVersion


class DatasetVersionQuerySet(models.QuerySet["DatasetVersion"]):
    def ready(self) -> "DatasetVersionQuerySet":
        """Stored, and not in the trash."""
        return self.filter(status=DatasetVersion.Status.READY, trashed_at=None)

    def not_trashed(self) -> "DatasetVersionQuerySet":
        return self.filter(trashed_at=None)


class DatasetVersion(StoredVersion):
    """One table as it was when it was added: a CSV or Parquet file with its schema and profile.

    Of a table of many files, `file` is the list of them, with their addresses, sizes, ETags and digests.
    """

    class Status(models.TextChoices):
        PENDING = "PENDING"
        READY = "READY"
        FAILED = "FAILED"

    class Format(models.TextChoices):
        CSV = "csv", "CSV"
        CSV_GZIP = "csv.gz", "CSV, gzip"
        PARQUET = "parquet", "Parquet"
        PARTS = "parts.json", "many files"

    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="versions")
    status = models.CharField(max_length=11, choices=Status, default=Status.PENDING, editable=False)
    file = models.FileField(max_length=300, editable=False)
    file_format = models.CharField(max_length=10, choices=Format, editable=False)
    part_count = models.PositiveIntegerField("files", default=0, editable=False, help_text="Of a table of many files.")
    part_bytes = models.PositiveBigIntegerField(default=0, editable=False, help_text="What these files amount to.")
    row_count = models.PositiveBigIntegerField("rows", editable=False)
    schema = StrictJSONField(editable=False, help_text="A list of columns: name, type and number of nulls.")
    profile = StrictJSONField(
        editable=False, help_text="Per column: range, mean, quantiles, distinct, top values, histogram."
    )
    first_rows = StrictJSONField(default=list, editable=False, help_text="As texts, in the schema's order.")
    source = StrictJSONField(default=dict, editable=False, help_text="Of a query: its text, the server and the time.")
    read_options = StrictJSONField(
        default=dict, editable=False, help_text="How the file was read: words for missing values, columns left out."
    )
    notes = models.TextField(blank=True, help_text="What is particular to this version; the dataset's text is of all.")
    tags = StrictJSONField(default=dict, editable=False, validators=[validate_tags])
    source_uri = models.CharField(max_length=1200, blank=True, editable=False)

    objects = DatasetVersionQuerySet.as_manager()

    class Meta:
        ordering = ["dataset__name", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["dataset", "number"],
                name="one_dataset_version_a_number",
                violation_error_message="The dataset has a version with this number.",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        return f"{self.dataset.name}:{self.number}"

    @property
    def stored_sha256(self) -> str:
        return self.sha256

    @property
    def stored_key(self) -> str:
        return str(self.file.name)

    @property
    def data_bytes(self) -> int:
        """Of the table, in one file or in many."""
        return self.part_bytes or self.size_bytes

    @property
    def state(self) -> str:
        """The status, or that the version is in the trash."""
        return self.State.TRASHED.value if self.trashed_at else self.status

    @property
    def column_names(self) -> list[str]:
        return [column["name"] for column in self.schema]
