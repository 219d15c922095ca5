import numpy as np
import pytest
from sklearn.model_selection import train_test_split

from catalog.exceptions import InvalidData
from catalog.ml.training.split_rules import SplitKind, SplitRule, make_split_folds, split_positions

TARGET = np.array([0, 1] * 50)


def test_at_random_the_rows_are_those_of_train_test_split() -> None:
    expected = train_test_split(np.arange(100), test_size=0.2, random_state=3, stratify=TARGET)
    split = split_positions(TARGET, SplitRule(random_state=3), task="classification")
    assert [rows.tolist() for rows in split] == [rows.tolist() for rows in expected]


@pytest.mark.parametrize("test_size", [0.2, 0.33, 0.1])
def test_a_number_of_rows_names_the_same_rows_as_their_part(test_size: float) -> None:
    train, test = split_positions(TARGET[:97], SplitRule(test_size=test_size), task="classification")
    again = split_positions(TARGET[:97], SplitRule(test_size=len(test)), task="classification")
    assert [rows.tolist() for rows in again] == [train.tolist(), test.tolist()]


def test_by_time_the_latest_rows_are_held_out_whatever_their_order() -> None:
    moments = np.random.default_rng(0).permutation(100)
    train, test = split_positions(TARGET, SplitRule(SplitKind.TIME, column="at"), task="classification", by=moments)
    assert sorted(moments[test]) == list(range(80, 100))
    assert moments[train].tolist() == list(range(80))


def test_by_time_rows_of_one_moment_stay_together() -> None:
    moments = np.repeat(np.arange(10), 10)
    _, test = split_positions(TARGET, SplitRule(SplitKind.TIME, 0.15, column="at"), task="regression", by=moments)
    assert sorted(set(moments[test])) == [8, 9]
    assert len(test) == 20


def test_by_group_no_group_is_on_both_sides() -> None:
    groups = np.repeat([f"customer {at}" for at in range(20)], 5)
    train, test = split_positions(TARGET, SplitRule(SplitKind.GROUP, column="who"), task="classification", by=groups)
    assert not set(groups[train]) & set(groups[test])
    assert len(set(groups[test])) == 4
    assert len(train) + len(test) == 100


@pytest.mark.parametrize("kind", [SplitKind.TIME, SplitKind.GROUP])
def test_one_moment_or_group_can_not_be_split(kind: SplitKind) -> None:
    with pytest.raises(InvalidData, match="'who'"):
        split_positions(TARGET, SplitRule(kind, column="who"), task="regression", by=np.zeros(100))


def test_rows_without_a_value_to_split_by_are_refused() -> None:
    by = np.append(np.arange(99.0), np.nan)
    with pytest.raises(InvalidData, match="rows without a value"):
        split_positions(TARGET, SplitRule(SplitKind.TIME, column="at"), task="regression", by=by)


def test_a_rule_survives_its_way_through_json() -> None:
    rule = SplitRule(SplitKind.GROUP, 0.3, 7, "who")
    assert SplitRule.from_json(rule.as_json()) == rule


def test_folds_by_time_are_each_later_than_what_they_are_learned_from() -> None:
    moments = np.random.default_rng(0).permutation(100)
    folds = make_split_folds(SplitRule(SplitKind.TIME, column="at"), moments, 4)
    assert len(folds) == 4
    assert all(moments[train].max() < moments[test].min() for train, test in folds)


def test_folds_by_group_hold_whole_groups() -> None:
    groups = np.repeat([f"customer {at}" for at in range(10)], 10)
    folds = make_split_folds(SplitRule(SplitKind.GROUP, column="who"), groups, 5)
    assert all(not set(groups[train]) & set(groups[test]) for train, test in folds)


def test_more_folds_than_groups_are_refused() -> None:
    groups = np.repeat(["a", "b"], 50)
    with pytest.raises(InvalidData, match="`cv` 3 by 'who'"):
        make_split_folds(SplitRule(SplitKind.GROUP, column="who"), groups, 3)
