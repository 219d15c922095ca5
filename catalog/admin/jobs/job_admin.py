from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from catalog.admin.actions import Action, ReasonForm
from catalog.admin.base import ReadOnlyAdmin
from catalog.admin.field_labels import field_labels
from catalog.admin.jobs.job_forms import EvaluateForm, PredictForm
from catalog.admin.jobs.job_page import job_context, live_context, unfinished_context, worker_context
from catalog.admin.jobs.job_starting import evaluate_view, predict_view, train_view
from catalog.admin.jobs.training_form import TrainForm
from catalog.models import Job
from catalog.services.jobs.decisions import cancel_job, retry_job
from catalog.services.jobs.durations import elapsed_seconds, progress_text, seconds_text
from catalog.services.jobs.rights import find_site_user


def _cancel(job: Job, data: dict[str, Any], actor: str) -> str:
    cancelled = cancel_job(job=job, actor=actor, reason=data["reason"])
    return f"Job {job.pk} is {'cancelled' if cancelled.is_finished else 'being cancelled'}."


def _retry(job: Job, data: dict[str, Any], actor: str) -> str:
    retry_job(job=job, actor=actor, site_user=find_site_user(actor), reason=data["reason"])
    return f"Job {job.pk} is queued again."


def _explain_retry(job: Job) -> list[str]:
    alias = job.request.get("alias")
    promotes = [f"The new version will get the alias {alias}, in your name and with your reason."] if alias else []
    return [
        f"It was asked to {job.title}, and begins anew with the same request, in your name and with your rights.",
        *promotes,
    ]


JOB_ACTIONS = (
    Action(
        "cancel",
        "Cancel",
        "change_job",
        ReasonForm,
        _cancel,
        explain=lambda job: ["What it has done so far is lost. It can be tried again."],
        offered=lambda job: not job.is_finished and not job.cancel_requested,
    ),
    Action(
        "retry",
        "Try again",
        "add_job",
        ReasonForm,
        _retry,
        explain=_explain_retry,
        offered=lambda job: job.state in {Job.State.FAILED, Job.State.CANCELLED},
        is_primary=True,
    ),
)


FORMS: dict[Job.Kind, type[forms.Form]] = {
    Job.Kind.TRAINING: TrainForm,
    Job.Kind.PREDICTION: PredictForm,
    Job.Kind.EVALUATION: EvaluateForm,
}


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    list_display = ["number", "what", "state_chip", "result_text", "step_text", "took", "author", "created"]
    list_filter = ["state", "kind"]
    search_fields = ["name"]
    ordering = ["-pk"]
    sortable_by = ()
    page_template = "admin/catalog/job.html"
    change_list_template = "admin/catalog/job_list.html"
    person_actions = JOB_ACTIONS

    def get_queryset(self, request: HttpRequest) -> QuerySet[Job]:
        return Job.objects.select_related("model_version__registered_model").defer(
            *(f"model_version__{name}" for name in ("signature", "report", "environment", "metrics", "params")), "log"
        )

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {**worker_context(), **(extra_context or {})})

    def page_context(self, request: HttpRequest, obj: Job) -> dict[str, Any]:
        return job_context(obj)

    def request_labels(self, obj: Job) -> dict[str, str]:
        return field_labels(FORMS[Job.Kind(obj.kind)])

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        pages = [
            path("train/", view(lambda request: train_view(self, request)), name=self._url_name("train")),
            path("predict/", view(lambda request: predict_view(self, request)), name=self._url_name("predict")),
            path("evaluate/", view(lambda request: evaluate_view(self, request)), name=self._url_name("evaluate")),
            path("working/", view(self.working_view), name=self._url_name("working")),
            path("<path:object_id>/live/", view(self.live_view), name=self._url_name("live")),
        ]
        return [*pages, *super().get_urls()]

    def live_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What changes of the job's page, which asks for it until the job has ended."""
        job = self.viewable(request, object_id)
        if job is None:
            raise Http404
        return TemplateResponse(request, "admin/catalog/job_live.html", live_context(job))

    def working_view(self, request: HttpRequest) -> HttpResponse:
        """The jobs at work, for the home page."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return TemplateResponse(request, "admin/catalog/working.html", unfinished_context(request))

    @admin.display(description="job")
    def number(self, job: Job) -> str:
        return str(job.pk)

    @admin.display(description="what")
    def what(self, job: Job) -> str:
        return job.title

    @admin.display(description="step", empty_value="–")
    def step_text(self, job: Job) -> str | None:
        return progress_text(job) or None

    @admin.display(description="took", empty_value="–")
    def took(self, job: Job) -> str | None:
        return seconds_text(elapsed_seconds(job)) if job.started_at else None

    @admin.display(description="result", empty_value="–")
    def result_text(self, job: Job) -> str | None:
        return job.result_text or None
