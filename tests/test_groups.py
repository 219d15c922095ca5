import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command


@pytest.mark.django_db(transaction=True)
def test_the_groups_come_back_when_a_test_empties_the_tables() -> None:
    call_command("flush", verbosity=0, interactive=False)
    curators = Group.objects.get(name="Curators")
    assert curators.permissions.filter(codename="promote_modelversion").exists()
    assert Group.objects.count() == 3
