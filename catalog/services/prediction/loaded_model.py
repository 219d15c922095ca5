"""What load_model gives: a version's estimator with the contract of its input, alone or following its alias."""

import logging
import threading
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Self

import numpy as np

from catalog.exceptions import CatalogError, InvalidData, InvalidRequest
from catalog.ml.prediction.refusals import explaining_refusals, refused_rows
from catalog.ml.prediction.row_predictor import RowPredictor, RowPredictors
from catalog.ml.rows import convert_rows
from catalog.ml.signature import Signature
from catalog.reference_syntax import NUMBERED
from catalog.services.prediction.loading import LOADED_MODELS, LoadableVersion, load_cached, try_on_sample
from catalog.services.prediction.version_sources import version_source

logger = logging.getLogger(__name__)
_row_predictors = RowPredictors(LOADED_MODELS)


@dataclass(frozen=True)
class Model:
    """A version of a model, loaded.

    Parameters
    ----------
    reference : str
        As `churn:3`.
    sha256 : str
        Of the artifact, verified before it was opened.
    signature : Signature
        The features with their types, and the target.
    metrics : mapping of str to dict
        On held-out rows: value, baseline and higher_is_better.
    estimator : object
        As scikit-learn's `fit` left it. All callers share it.
    asked : str
        The reference that it was loaded by, as `churn` or `churn@staging`.
    bucket_only : bool or None
        Whether it was found with the bucket alone; None when the settings said so or not.
    code_from_version : bool
        Whether it was loaded with the copies of its own modules that are kept with it.
    trained_with : mapping of str to str
        The versions of libraries that it was trained with.
    """

    reference: str
    sha256: str
    signature: Signature = field(repr=False)
    metrics: Mapping[str, Any] = field(repr=False)
    estimator: Any = field(repr=False)
    asked: str = field(default="", repr=False, compare=False)
    bucket_only: bool | None = field(default=None, repr=False, compare=False)
    code_from_version: bool = field(default=False, repr=False, compare=False)
    trained_with: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def _predictor(self) -> RowPredictor:
        return _row_predictors.get(self.reference, self.estimator, self.signature)

    def predict(self, rows: object) -> np.ndarray:
        """What manage.py predict gives for the same rows.

        Parameters
        ----------
        rows : pandas.DataFrame, polars.DataFrame, pyarrow.Table, list of dict, or dict
            As read_csv or a request gives them, with a column for each feature; others are ignored.

        Returns
        -------
        numpy.ndarray of shape (n_rows,), or (n_rows, n_targets) of several, in the order of `signature.outputs`

        Raises
        ------
        InvalidRequest, InvalidData
            In one line that names column, row and what it holds.
        """
        with explaining_refusals(self.trained_with):
            return self.ask(rows, "predict")[0]

    def predict_proba(self, rows: object) -> np.ndarray:
        """The probabilities, of shape (n_rows, n_classes), in the order of `signature.classes`. Rows and errors are as
        for `predict`; InvalidRequest when the estimator has none."""
        if not self.gives_probabilities:
            raise InvalidRequest(
                f"{self.reference} gives no probabilities. Train an estimator with predict_proba, of one target."
            )
        with explaining_refusals(self.trained_with):
            return self.ask(rows, "predict_proba")[0]

    @property
    def gives_probabilities(self) -> bool:
        """Of several targets there are none."""
        return hasattr(self.estimator, "predict_proba") and not self.signature.others

    def prepare(self) -> None:
        """Find out now what the first rows would otherwise wait for, some milliseconds; nothing else changes."""
        self._predictor.prepare()

    def follow(self, *, seconds: float = 10) -> "Follower":
        """What serves from now on under the reference that this model was loaded by; `catalog.Follower` has the
        details. Raises InvalidRequest for one that names a number: it never changes."""
        alone, code = self.bucket_only, self.code_from_version
        return Follower(self.asked or self.reference, seconds=seconds, bucket_only=alone, code_from_version=code)

    def ask(self, rows: object, *methods: str) -> list[np.ndarray]:
        """What each of the estimator's methods gives for the rows, which are converted once."""
        try:
            with warnings.catch_warnings():
                # An uploaded estimator may have been fitted without names; its signature gives the columns their order.
                warnings.filterwarnings("ignore", message="X has feature names, but")
                return self._predictor.ask(rows, *methods)
        except ValueError as error:
            raise InvalidData(refused_rows(convert_rows(rows, self.signature), error)) from error


def load_model(
    *,
    reference: str,
    bucket_only: bool | None = None,
    allow_version_mismatch: bool = False,
    code_from_version: bool = False,
) -> Model:
    """What `reference` names now, its estimator loaded once for this process; `catalog.load_model` has the details."""
    version = version_source(bucket_only).find(reference)
    model = _load(version, allow_version_mismatch=allow_version_mismatch, code_from_version=code_from_version)
    return replace(model, asked=reference, bucket_only=bucket_only, code_from_version=code_from_version)


def _load(version: LoadableVersion, *, allow_version_mismatch: bool = False, code_from_version: bool = False) -> Model:
    estimator = load_cached(version, allow_version_mismatch=allow_version_mismatch, code_from_version=code_from_version)
    signature = Signature.from_json(version.signature)
    made_with = version.environment.get("versions", {})
    return Model(version.reference, version.sha256, signature, version.metrics, estimator, trained_with=made_with)


class Follower:
    """The version that a reference names, as it changes; safe to use from several threads.

    A version that cannot be found, loaded or verified, or predicts its sample otherwise than in training, does not
    take the place of the one that serves: that goes on, and `failure` and the log say why.

    Parameters
    ----------
    reference : str
        `name` (what is in production), `name@alias` or `name:latest`.
    seconds : float, default=10
        How long after a promotion the next version serves, at most, besides the time that it takes to load.
    bucket_only : bool, optional
        Ask what is published in the bucket, and no database; as CATALOG_BUCKET_ONLY says when None.
    allow_version_mismatch : bool, default=False
        Load versions although they were trained with another scikit-learn.
    code_from_version : bool, default=False
        Load each version with the copies of its own modules that are kept with it, as `catalog.load_model` does.

    Raises
    ------
    CatalogError
        There is no such version now, or it does not load.
    """

    def __init__(
        self,
        reference: str,
        *,
        seconds: float = 10,
        bucket_only: bool | None = None,
        allow_version_mismatch: bool = False,
        code_from_version: bool = False,
    ) -> None:
        if seconds <= 0:
            raise InvalidRequest(f"`seconds` must be more than 0, not {seconds}.")
        if NUMBERED.fullmatch(reference):
            raise InvalidRequest(f"{reference} is one version and never another. Follow its name, or name@alias.")
        self.reference, self.seconds = reference, seconds
        self._how = {"allow_version_mismatch": allow_version_mismatch, "code_from_version": code_from_version}
        self.failure, self.swaps = "", 0
        self._source = version_source(bucket_only)
        self._model = self._load()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._follow, name=f"follow {reference}", daemon=True)
        self._thread.start()

    @property
    def model(self) -> Model:
        """The version that serves now. Take it once for what belongs together."""
        return self._model

    def predict(self, rows: object) -> np.ndarray:
        """As `Model.predict`, with the version that serves now."""
        return self.model.predict(rows)

    def predict_proba(self, rows: object) -> np.ndarray:
        """As `Model.predict_proba`, with the version that serves now."""
        return self.model.predict_proba(rows)

    def check(self) -> bool:
        """Look once, at once; whether another version serves now."""
        try:
            model = self._load()
        except Exception as error:  # whatever loading raises: the next version may load, and is looked for
            known = isinstance(error, (CatalogError, OSError, *self._source.errors))
            self._note(str(error) if known else f"{type(error).__name__}: {error}")
            return False
        self._note("")
        changed = (model.reference, model.sha256) != (self._model.reference, self._model.sha256)
        if changed:
            logger.info("%s serves in place of %s", model.reference, self._model.reference)
            self._model = model
            self.swaps += 1
        return changed

    def stop(self) -> None:
        """Follow no more; the version that serves stays."""
        self._stopped.set()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def _follow(self) -> None:
        while not self._stopped.wait(self.seconds):
            self._source.renew()
            self.check()
        self._source.renew()

    def _load(self) -> Model:
        """The version that the reference names, tried on its sample unless it is the one that serves."""
        version = self._source.find(self.reference)
        serving: Model | None = getattr(self, "_model", None)
        if serving and (version.reference, version.sha256) == (serving.reference, serving.sha256):
            return serving
        model = _load(version, **self._how)
        try_on_sample(version, model.estimator)
        model.prepare()
        return model

    def _note(self, failure: str) -> None:
        if failure and failure != self.failure:
            logger.warning("%s still serves %s: %s", self.reference, self._model.reference, failure)
        self.failure = failure
