"""A training while it is done: its plan, whom to tell how far it is, and the warnings that were heard."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from catalog.ml.training.examples import estimator_errors
from catalog.progress import Progress
from catalog.services.training.plan import TrainingPlan


@dataclass(frozen=True)
class TrainingRun:
    plan: TrainingPlan
    progress: Progress
    warnings: list[str] = field(default_factory=list)

    @contextmanager
    def listen(self) -> Iterator[None]:
        """What the estimator raises within it becomes TrainingFailed, and its warnings are kept."""
        with estimator_errors(self.plan.request.estimator_name, self.warnings):
            yield

    @contextmanager
    def step(self, name: str, *, total: int | None = None, unit: str = "") -> Iterator[None]:
        """The same, as a step of the progress, of so many units."""
        with self.listen(), self.progress.step(name, total=total, unit=unit):
            yield
