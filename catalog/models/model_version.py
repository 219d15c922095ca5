from typing import Any

from django.db import models
from django.db.models import Q

from catalog.models.dataset_version import DatasetVersion
from catalog.models.encoding import StrictJSONField
from catalog.models.names import validate_attachments, validate_tags
from catalog.models.registered_model import RegisteredModel
from catalog.models.stored_version import StoredVersion

LARGE_FIELDS = ("signature", "report", "environment", "all_params", "code")
ALIAS_FIELDS = ("number", "sha256", "status", "failure", "archived_at", "trashed_at", "registered_model_id")
LARGE_DATASET_FIELDS = ("schema", "profile", "first_rows")


def in_state(state: str) -> Q:
    """Of versions in this state, as the lists call it."""
    match state:
        case StoredVersion.State.TRASHED:
            return Q(trashed_at__isnull=False)
        case StoredVersion.State.ARCHIVED:
            return Q(archived_at__isnull=False, trashed_at=None)
    return Q(status=state, archived_at=None, trashed_at=None)


class ModelVersionQuerySet(models.QuerySet["ModelVersion"]):
    def ready(self) -> "ModelVersionQuerySet":
        """Stored, and neither archived nor in the trash."""
        return self.filter(status=ModelVersion.Status.READY, archived_at=None, trashed_at=None)

    def not_trashed(self) -> "ModelVersionQuerySet":
        return self.filter(trashed_at=None)

    def for_listing(self) -> "ModelVersionQuerySet":
        """With what a list shows, and without the large JSON that it does not."""
        return (
            self.select_related("registered_model", "dataset_version__dataset")
            .prefetch_related("aliases")
            .defer(*LARGE_FIELDS, *(f"dataset_version__{name}" for name in LARGE_DATASET_FIELDS))
        )

    def for_aliases(self) -> "ModelVersionQuerySet":
        """With what a change of an alias asks and tells: Django reads other fields when they are asked for."""
        return self.only(*ALIAS_FIELDS)


class ModelVersion(StoredVersion):
    """One fitted estimator: the artifact in storage, where it came from and how well it did."""

    class Status(models.TextChoices):
        PENDING = "PENDING"
        QUARANTINED = "QUARANTINED"
        READY = "READY"
        REJECTED = "REJECTED"
        FAILED = "FAILED"

    class Origin(models.TextChoices):
        TRAINED = "TRAINED"
        UPLOADED = "UPLOADED"

    class ArtifactFormat(models.TextChoices):
        JOBLIB = "joblib"
        SKOPS = "skops"
        PICKLE = "pickle"

    registered_model = models.ForeignKey(RegisteredModel, on_delete=models.PROTECT, related_name="versions")
    status = models.CharField(max_length=11, choices=Status, default=Status.PENDING, editable=False)
    artifact = models.FileField(max_length=300, editable=False)
    artifact_format = models.CharField(
        max_length=10, choices=ArtifactFormat, default=ArtifactFormat.JOBLIB, editable=False
    )
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.TRAINED, editable=False)
    dataset_version = models.ForeignKey(
        DatasetVersion,
        on_delete=models.PROTECT,
        related_name="model_versions",
        null=True,
        editable=False,
        help_text="What it was trained on; None when an uploaded model's data are not known.",
    )
    target = models.CharField(max_length=255, blank=True, editable=False)
    signature = StrictJSONField(editable=False, help_text="Inputs with their types and conversions, output, classes.")
    estimator = models.CharField(max_length=255, editable=False)
    params = StrictJSONField(editable=False)
    all_params = StrictJSONField(
        default=dict,
        editable=False,
        help_text="Per parameter of the whole estimator: value, and default if it differs.",
    )
    metrics = StrictJSONField(editable=False, help_text="Per metric: value, baseline and higher_is_better.")
    primary_value = models.FloatField(
        "main metric", null=True, editable=False, help_text="The model's primary metric on held-out rows, for lists."
    )
    report = StrictJSONField(editable=False)
    environment = StrictJSONField(editable=False)
    random_state = models.PositiveBigIntegerField(null=True, editable=False)
    code_revision = models.CharField(max_length=60, blank=True, editable=False)
    code = StrictJSONField(
        default=dict,
        editable=False,
        help_text="The modules outside installed packages that it refers to, with their texts and digests.",
    )
    notes = models.TextField(blank=True)
    archived_at = models.DateTimeField(null=True, editable=False)
    inspection = StrictJSONField(
        default=dict, editable=False, help_text="Of an uploaded file: what was found in it without loading it."
    )
    approved_sha256 = models.CharField(
        max_length=64, blank=True, editable=False, help_text="Of an uploaded file: the digest that was approved."
    )
    approved_types = StrictJSONField(
        default=list, editable=False, help_text="Types beyond the trusted ones that were approved with that digest."
    )
    provenance = StrictJSONField(
        default=dict, editable=False, help_text="Of a copy or an import: what it was made of, by whom and when."
    )
    attachments = StrictJSONField(
        default=list,
        editable=False,
        validators=[validate_attachments],
        help_text="Files beside it: name, digest, size, token, by whom and when.",
    )
    tags = StrictJSONField(default=dict, editable=False, validators=[validate_tags])
    muted_checks = StrictJSONField(
        default=dict, editable=False, help_text="Of the checks that fired, by code why they do not count."
    )

    objects = ModelVersionQuerySet.as_manager()

    class Meta:
        ordering = ["registered_model__name", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["registered_model", "number"],
                name="one_model_version_a_number",
                violation_error_message="The model has a version with this number.",
            ),
        ]
        # For the admin's lists and home page: benchmarks/admin.py measures them at 100,000 versions.
        indexes = [
            models.Index(fields=["trashed_at", "-id"], name="model_version_newest"),
            models.Index(
                fields=["status", "id", "archived_at", "trashed_at", "size_bytes"], name="model_version_states"
            ),
            models.Index(fields=["trashed_at", "primary_value", "-id"], name="model_version_metric"),
            models.Index(
                fields=["registered_model", "trashed_at", "status", "archived_at"], name="model_version_of_models"
            ),
            models.Index(fields=["dataset_version", "trashed_at"], name="model_version_of_datasets"),
            models.Index(fields=["estimator", "-id"], name="model_version_estimators"),
            models.Index(fields=["created_by", "-id"], name="model_version_authors"),
        ]
        permissions = [
            ("promote_modelversion", "Can promote versions to protected aliases and roll back"),
            ("archive_modelversion", "Can archive and restore versions"),
            ("approve_modelversion", "Can approve and reject uploaded versions"),
            ("approve_pickle_artifact", "Can approve uploaded pickles, which run code when they are loaded"),
            ("annotate_modelversion", "Can write notes, descriptions and model cards"),
            ("download_modelversion", "Can download artifacts, datasets and predictions"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        return f"{self.registered_model.name}:{self.number}"

    @property
    def stored_reference(self) -> str:
        """The reference in manifests, which stays when the model is renamed."""
        return f"{self.registered_model.stored_name}:{self.number}"

    @property
    def stored_sha256(self) -> str:
        return self.sha256

    @property
    def stored_key(self) -> str:
        return str(self.artifact.name)

    @property
    def dataset_reference(self) -> str:
        """Of the dataset version that it was trained on; empty when that is not known."""
        return self.dataset_version.reference if self.dataset_version else ""

    @property
    def has_stated_metrics(self) -> bool:
        """Whether its metrics are what its uploader states, and not what was measured here."""
        return self.origin == self.Origin.UPLOADED

    @property
    def weighted_by(self) -> str:
        """The column by which rows weigh in its metrics; empty where each counts once."""
        return next((str(metric["weighted_by"]) for metric in self.metrics.values() if "weighted_by" in metric), "")

    @property
    def code_state(self) -> str:
        """The commit of the code, and that it had been changed since."""
        commit, dirty, _ = self.code_revision.partition("-dirty")
        return f"{commit}, changed since" if dirty else commit

    @property
    def chosen_params(self) -> dict[str, Any]:
        """Of the whole estimator, the parameters that are not at their defaults, by name."""
        return {name: param["value"] for name, param in self.all_params.items() if "default" in param}

    @property
    def alias_names(self) -> list[str]:
        return sorted(alias.name for alias in self.aliases.all())

    @property
    def is_comparable(self) -> bool:
        """Whether there is more of it than what was asked for, and it is not in the trash."""
        return self.state in {self.State.READY, self.State.QUARANTINED, self.State.ARCHIVED}

    @property
    def state(self) -> str:
        """The status, or that the version is archived or in the trash."""
        if self.trashed_at:
            return self.State.TRASHED.value
        return self.State.ARCHIVED.value if self.archived_at else self.status
