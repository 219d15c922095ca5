from typing import Any

import pytest

from catalog.exceptions import InvalidReference, InvalidRequest, fields_in
from catalog.services.training.request import TrainingRequest, check_request


def request(**fields: Any) -> TrainingRequest:
    return TrainingRequest(**{"name": "late", "dataset": "departures", "target": "late", **fields})


REFUSED: dict[str, dict[str, object]] = {
    "`test_size` must be between 0 and 1, as 0.2 is, not 1.": {"test_size": 1},
    "`cv` must be 2 or more, not 1.": {"cv": 1},
    "`random_state` must be from 0 to 4294967295, not 4294967296.": {"random_state": 2**32},
    "`search_iterations` must be 1 or more, not 0.": {"search_iterations": 0},
    "`split` must be random, time:COLUMN or group:COLUMN, not 'time'.": {"split": "time"},
    "`incremental` and `split`: rows are held out by what they hold. Leave one of them out.": {
        "split": "group:carrier",
        "incremental": True,
    },
    "`split`: 'late' is the target, and rows are not held out by what is to be predicted.": {"split": "group:late"},
    "`epochs` must be 1 or more, not 0.": {"epochs": 0},
    "`epochs` goes with `incremental`: how often to learn from all rows.": {"epochs": 2},
    "`search` and `search_space` go together: how to search, and the values to try.": {"search": "grid"},
    "`engine` dask spreads the candidates of a search over a cluster: give `search`, too.": {"engine": "dask"},
    "`features`: 'late' is the target and can't be a feature.": {"features": ["late", "origin"]},
    "`features` names a column twice.": {"features": ["origin", "origin"]},
}


@pytest.mark.parametrize("message", REFUSED)
def test_what_contradicts_itself_is_refused(message: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        check_request(request(**REFUSED[message]))
    assert str(caught.value) == message


@pytest.mark.parametrize("message", REFUSED)
def test_every_refusal_names_fields_of_the_request(message: str) -> None:
    assert fields_in(message)
    assert set(fields_in(message)) <= set(TrainingRequest.__dataclass_fields__)


@pytest.mark.parametrize("field", ["name", "alias"])
def test_names_follow_their_rule(field: str) -> None:
    with pytest.raises(InvalidReference, match=r"'In Production' can't be the name of an? "):
        check_request(request(**{field: "In Production"}))


def test_a_search_has_five_folds_unless_others_are_asked_for() -> None:
    found = [request(search=search, cv=cv).folds for search, cv in (("", 0), ("grid", 0), ("grid", 3), ("", 4))]
    assert found == [0, 5, 3, 4]
