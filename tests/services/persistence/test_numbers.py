import pytest
from django.db import transaction

from catalog.models import Dataset, RegisteredModel
from catalog.services.persistence.numbers import take_number

pytestmark = [pytest.mark.both_databases, pytest.mark.django_db]


def test_numbers_are_taken_from_one_in_order() -> None:
    dataset = Dataset.objects.create(name="d")
    assert [take_number(dataset) for _ in range(3)] == [1, 2, 3]


def test_parents_count_on_their_own() -> None:
    first, second = (RegisteredModel.objects.create(name=name, task="regression") for name in "ab")
    assert [take_number(first), take_number(second), take_number(first)] == [1, 1, 2]


def test_a_stale_object_takes_the_next_number_all_the_same() -> None:
    dataset = Dataset.objects.create(name="d")
    stale = Dataset.objects.get()
    take_number(dataset)
    assert take_number(stale) == 2


def test_a_number_whose_transaction_was_undone_is_free() -> None:
    dataset = Dataset.objects.create(name="d")
    with transaction.atomic():
        take_number(dataset)
        transaction.set_rollback(True)
    assert take_number(dataset) == 1
