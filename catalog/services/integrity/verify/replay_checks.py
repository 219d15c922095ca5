"""Whether models still predict what they predicted when they were trained."""

from catalog.exceptions import CatalogError, StorageError
from catalog.models import ModelVersion
from catalog.services.integrity.check_run import CheckRun
from catalog.services.integrity.findings import FindingKind
from catalog.services.integrity.row_batches import all_rows, batches
from catalog.services.prediction.loading import load_version


def check_predictions(run: CheckRun, *, code_from_version: bool = False) -> None:
    """Each version in use scores its sample again. Those without a sample, as uploaded ones, are passed over."""
    rows = all_rows(ModelVersion).filter(pk__in=ModelVersion.objects.ready().values("pk"))
    with run.progress.step("replay", total=rows.count(), unit="rows"):
        for batch in batches(rows):
            for version in batch:
                if "sample" in version.report:
                    _replay(run, version, code_from_version)
                run.progress.advance(1)


def _replay(run: CheckRun, version: ModelVersion, code_from_version: bool) -> None:
    from catalog.ml.evaluation.replay import unlike_predictions

    run.verified.checked["replayed models"] += 1
    try:
        estimator = load_version(version, code_from_version=code_from_version).estimator
        different = unlike_predictions(
            estimator, version.signature, version.report["sample"], version.environment.get("versions", {})
        )
    except StorageError:
        raise
    except CatalogError as error:
        run.add(FindingKind.NOT_REPRODUCED, version.reference, str(error), "See model_requirements, or train it again")
        return
    if different:
        run.add(
            FindingKind.NOT_REPRODUCED,
            version.reference,
            different,
            "Compare the environment with that of its training (model_requirements), or train it again",
        )
