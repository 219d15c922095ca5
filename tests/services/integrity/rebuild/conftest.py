from datetime import timedelta

import pytest

from catalog.models import Dataset, ModelVersion
from catalog.services.evaluation.mute_check import mute_check, unmute_check
from catalog.services.registry.aliases import promote, remove_alias, roll_back
from catalog.services.registry.curation import archive, describe_dataset, describe_model, move_to_trash, write_notes
from catalog.services.registry.tags import change_tags
from catalog.services.registry.trash import purge_trash
from tests.services.integrity.catalogs import another, later, repair_all, settle


@pytest.fixture
def lived(sound: ModelVersion) -> ModelVersion:
    """`late:1` to `late:7`: curated, archived, in the trash, quarantined, failed and purged."""
    checks = [{"code": code, "sentence": "It is doubtful."} for code in ("leak", "uncalibrated")]
    doubted = {"report": {**sound.report, "checks": checks}}
    versions = {2: another(sound, **doubted), 3: another(sound), 4: another(sound)}
    versions[5] = another(sound, status="QUARANTINED")
    another(sound, status="PENDING")
    repair_all(later(hours=7))
    for check in checks:
        mute_check(version=versions[2], code=check["code"], reason="Known before", actor="ada")
    unmute_check(version=versions[2], code="uncalibrated", reason="It matters", actor="grace")
    purged = another(sound)
    write_notes(version=versions[2], notes='Ünïcode\n"quoted"', actor="grace")
    archive(version=versions[3], actor="ada", reason="Superseded")
    move_to_trash(version=purged, actor="ada")
    purge_trash(actor="ada", older_than=timedelta())
    move_to_trash(version=versions[4], actor="ada")
    for subject in (versions[2], sound.registered_model, sound.dataset_version, sound.dataset_version.dataset):
        change_tags(subject=subject, tags={"stage": "eu", "old": "1"}, actor="ada")
        subject.refresh_from_db()
        change_tags(subject=subject, tags={"checked": "by hand"}, remove=["old"], actor="grace")
    describe_dataset(dataset=Dataset.objects.get(), description="All of 2013", actor="ada")
    card = {"description": "Which flights come late", "intended_use": "None", "limitations": "2013"}
    describe_model(model=sound.registered_model, **card, actor="ada")
    promote(reference="late:2", alias="production", actor="ada")
    promote(reference="late:2", alias="staging", actor="ada", reason="A try")
    roll_back(name="late", alias="production", actor="grace")
    remove_alias(name="late", alias="staging", actor="ada")
    settle()
    return sound
