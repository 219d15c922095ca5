from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from catalog.models.encoding import StrictJSONField
from catalog.models.evaluation import Evaluation
from catalog.models.model_version import ModelVersion
from catalog.models.prediction import Prediction

MOST_ATTEMPTS = 3


class JobQuerySet(models.QuerySet["Job"]):
    def for_listing(self) -> "JobQuerySet":
        """Without the long texts that only a job's own page shows."""
        return self.defer("log", "failure")

    def unfinished(self) -> "JobQuerySet":
        return self.filter(state__in=[Job.State.QUEUED, Job.State.RUNNING])

    def held_with(self, token: str) -> "JobQuerySet":
        """The job that runs under this lease, while nobody has taken it away."""
        return self.filter(state=Job.State.RUNNING, lease_token=token)

    def abandoned(self) -> "JobQuerySet":
        """Running, by a worker that has not been heard of for as long as a lease lasts."""
        return self.filter(state=Job.State.RUNNING, lease_expires_at__lt=Now())


class Job(models.Model):
    """A training, a prediction or an evaluation that a worker does in the background.

    Whoever holds the lease works on it: the token is new at each attempt, and the lease ends unless it is renewed.
    All of its times are those of the database's clock, so that workers need not agree on theirs.
    """

    class Kind(models.TextChoices):
        TRAINING = "training", "Training"
        PREDICTION = "prediction", "Prediction"
        EVALUATION = "evaluation", "Evaluation"

    class State(models.TextChoices):
        QUEUED = "QUEUED"
        RUNNING = "RUNNING"
        SUCCEEDED = "SUCCEEDED"
        FAILED = "FAILED"
        CANCELLED = "CANCELLED"

    kind = models.CharField(max_length=10, choices=Kind, editable=False)
    name = models.CharField("model", max_length=63, editable=False, help_text="Of the model that is trained or used.")
    request = StrictJSONField(editable=False, help_text="What the service is asked for, by the names of its request.")
    input_key = models.CharField(max_length=300, blank=True, editable=False, help_text="Of a file uploaded for it.")
    state = models.CharField(max_length=9, choices=State, default=State.QUEUED, editable=False)
    task_id = models.UUIDField(null=True, editable=False, help_text="The row of the queue that will run it.")
    lease_token = models.CharField(max_length=32, blank=True, editable=False)
    lease_expires_at = models.DateTimeField(null=True, editable=False)
    heartbeat_at = models.DateTimeField(null=True, editable=False)
    worker = models.CharField(max_length=200, blank=True, editable=False, help_text="Machine and process.")
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    step = models.CharField(max_length=60, blank=True, editable=False)
    step_started_at = models.DateTimeField(null=True, editable=False)
    done = models.PositiveBigIntegerField(default=0, editable=False, help_text="Of the step, in its unit.")
    total = models.PositiveBigIntegerField(null=True, editable=False)
    unit = models.CharField(max_length=20, blank=True, editable=False)
    expected_seconds = models.FloatField(null=True, editable=False, help_text="What the one before it took.")
    log = StrictJSONField(default=list, editable=False, help_text="The newest lines, each with its time.")
    cancel_requested = models.BooleanField(default=False, editable=False)
    model_version = models.ForeignKey(
        ModelVersion, on_delete=models.SET_NULL, related_name="jobs", null=True, editable=False
    )
    prediction = models.ForeignKey(
        Prediction, on_delete=models.SET_NULL, related_name="jobs", null=True, editable=False
    )
    evaluation = models.ForeignKey(
        Evaluation, on_delete=models.SET_NULL, related_name="jobs", null=True, editable=False
    )
    failure = models.TextField(blank=True, editable=False)
    created_by = models.CharField(max_length=150, editable=False)
    requested_by = models.CharField(
        max_length=150, default="", editable=False, help_text="Who asked last, by queueing or retrying it."
    )
    # Kept when the user is deleted: then the job may not run. None: a person at the terminal.
    site_user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="+",
        null=True,
        editable=False,
        help_text="With whose rights it runs, when it was asked for through the site.",
    )
    reason = models.TextField(blank=True, editable=False, help_text="Why it was asked for again.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    started_at = models.DateTimeField(null=True, editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["state", "lease_expires_at"], name="job_abandoned"),
            models.Index(fields=["kind", "name", "-id"], name="job_before"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(attempts__lte=MOST_ATTEMPTS),
                name="job_attempts_are_few",
                violation_error_message=f"A job is tried {MOST_ATTEMPTS} times at most.",
            ),
            models.CheckConstraint(
                condition=~Q(state="RUNNING") | (~Q(lease_token="") & Q(lease_expires_at__isnull=False)),
                name="job_runs_under_a_lease",
                violation_error_message="A job runs under a lease.",
            ),
            models.UniqueConstraint(
                F("lease_token"),
                condition=~Q(lease_token=""),
                name="one_job_a_lease",
                violation_error_message="This lease is that of another job.",
            ),
        ]

    def __str__(self) -> str:
        return f"job {self.pk}"

    @property
    def is_finished(self) -> bool:
        return self.state in {self.State.SUCCEEDED, self.State.FAILED, self.State.CANCELLED}

    @property
    def result_text(self) -> str:
        """The version that was trained or measured, or the receipt; empty before, and when it was deleted since."""
        if self.model_version:
            return self.model_version.reference
        if self.evaluation_id:
            return "measured"
        return f"receipt {self.prediction_id}" if self.prediction_id else ""

    @property
    def title(self) -> str:
        """What it does, for people: `train churn`, `predict with churn:3` or `measure churn:4 beside churn:3`."""
        if self.kind == self.Kind.TRAINING:
            return f"train {self.name}"
        if self.kind == self.Kind.EVALUATION:
            other = self.request.get("against") or self.request.get("like")
            return f"measure {self.request.get('reference', self.name)}{f' beside {other}' if other else ''}"
        return f"predict with {self.request.get('reference', self.name)}"
