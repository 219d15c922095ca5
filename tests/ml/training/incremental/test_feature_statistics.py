"""What is learned in batches equals what scikit-learn learns from all rows at once."""

import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import StandardScaler

from catalog.ml.features import Feature
from catalog.ml.tables.schema import ColumnType
from catalog.ml.training.incremental.feature_statistics import FeatureStatistics

NUMBERS = [Feature("distance", ColumnType.NUMBER), Feature("delay", ColumnType.NUMBER)]
FEATURES = [NUMBERS[0], Feature("carrier", ColumnType.STRING), NUMBERS[1]]


class Rows:
    """A batch of which every row is a training row."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame, self.training_rows = frame, np.arange(len(frame))


def table(rows: int = 300) -> pd.DataFrame:
    """With gaps in each column, carriers of different frequency and one that occurs once."""
    row = np.arange(rows)
    carrier = np.where(row % 7 == 0, None, np.where(row % 3 == 0, "UA", "AA"))
    carrier[1] = "rare"
    delay = np.where(row % 5 == 0, np.nan, row % 11 - 3.0)
    return pd.DataFrame({"distance": row * 10.0, "carrier": pd.Categorical(carrier), "delay": delay})


def seen(frame: pd.DataFrame, batches: int = 7) -> FeatureStatistics:
    found = FeatureStatistics(FEATURES)
    for places in np.array_split(np.arange(len(frame)), batches):
        part = frame.iloc[places]
        found.add(Rows(part.assign(carrier=pd.Categorical(part["carrier"].astype(object)))))  # type: ignore[arg-type] # frames for rows
    return found


def transformed(frame: pd.DataFrame, learned: pd.DataFrame | None = None) -> pd.DataFrame:
    made = seen(table() if learned is None else learned).make_transformer(sparse=False)
    return pd.DataFrame(made.transform(frame), columns=made.get_feature_names_out())


def test_numbers_are_scaled_as_by_all_rows_at_once() -> None:
    values = table()[["distance", "delay"]]
    expected = StandardScaler().fit_transform(values)
    found = transformed(table())[["distance", "delay"]].to_numpy()
    present = values.notna().to_numpy()
    assert found[present] == pytest.approx(expected[present], rel=1e-9)


def test_a_missing_number_becomes_the_mean() -> None:
    assert transformed(table())["delay"][::5].to_numpy() == pytest.approx(0.0, abs=1e-12)


def test_frequent_categories_and_missing_have_columns_of_their_own() -> None:
    found = transformed(table()).filter(like="carrier")
    assert list(found.columns) == ["carrier_AA", "carrier_UA", "carrier_nan"]
    assert (found["carrier_nan"] == table()["carrier"].isna()).all()


def test_rare_and_unseen_categories_share_the_row_of_zeros() -> None:
    frame = table().head(3).assign(carrier=pd.Categorical(["rare", "never seen", "AA"]))
    assert transformed(frame).filter(like="carrier").sum(axis=1).tolist() == [0.0, 0.0, 1.0]


def test_a_column_without_a_value_is_not_learned_from() -> None:
    empty = table().assign(distance=np.nan)
    assert [feature.name for feature in seen(empty).learnable] == ["carrier", "delay"]
    assert list(transformed(table(), empty).columns) == ["delay", "carrier_AA", "carrier_UA", "carrier_nan"]


def test_a_column_that_begins_late_is_learned_from_all_the_same() -> None:
    late = table().assign(distance=lambda frame: frame["distance"].where(frame.index >= 150))
    found = transformed(table(), late)["distance"]
    expected = StandardScaler().fit(late[["distance"]]).transform(table()[["distance"]])
    assert found.to_numpy() == pytest.approx(expected[:, 0], rel=1e-9)


def test_a_text_of_rare_categories_alone_is_not_learned_from() -> None:
    names = table().assign(carrier=pd.Categorical([f"name {row}" for row in range(300)]))
    assert list(transformed(table(), names).columns) == ["distance", "delay"]


def test_all_categories_are_in_the_signature() -> None:
    features = seen(table()).features_with_categories
    assert [feature.categories for feature in features] == [None, ("AA", "UA", "rare"), None]
