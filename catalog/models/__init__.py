from catalog.models.alias import Alias
from catalog.models.audit_event import AuditEvent
from catalog.models.dataset import Dataset
from catalog.models.dataset_version import DatasetVersion
from catalog.models.evaluation import Evaluation
from catalog.models.job import Job
from catalog.models.model_version import ModelVersion
from catalog.models.prediction import Prediction
from catalog.models.registered_model import RegisteredModel
from catalog.models.runs.prediction_part import PredictionPart
from catalog.models.runs.run_lease import RunLease
from catalog.models.runs.worker_beat import WorkerBeat
from catalog.models.search.indexed_metric import IndexedMetric
from catalog.models.search.indexed_tag import IndexedTag
from catalog.models.serving_token import ServingToken
from catalog.models.unstored_manifest import UnstoredManifest

__all__ = [
    "Alias",
    "AuditEvent",
    "Dataset",
    "DatasetVersion",
    "Evaluation",
    "IndexedMetric",
    "IndexedTag",
    "Job",
    "ModelVersion",
    "Prediction",
    "PredictionPart",
    "RegisteredModel",
    "RunLease",
    "ServingToken",
    "UnstoredManifest",
    "WorkerBeat",
]
