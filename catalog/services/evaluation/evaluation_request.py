"""What an evaluation is asked to do."""

from dataclasses import dataclass

from catalog.exceptions import InvalidRequest


@dataclass(frozen=True)
class EvaluationRequest:
    """`reference` is measured on the held-out rows of the version `like`, or on all rows of `dataset`; beside `against`
    when that is given, and then compared with it. `by` is a column whose values are looked at one by one."""

    reference: str
    dataset: str = ""
    like: str = ""
    against: str = ""
    by: str = ""
    include_training_rows: bool = False

    @property
    def other(self) -> str:
        """The version that it is compared with; empty when it is measured alone."""
        return self.against or self.like


def check_request(request: EvaluationRequest) -> None:
    """Raises InvalidRequest for a contradiction within the request."""
    if bool(request.dataset) == bool(request.like):
        raise InvalidRequest(
            "`dataset` or `like`: name the rows, either a dataset version or a version's held-out rows."
        )
    if request.by and not request.other:
        raise InvalidRequest("`by` tells where a version gets worse than another: name that one with `against`.")
