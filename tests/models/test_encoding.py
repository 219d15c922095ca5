"""What JSON can't hold comes back from every column of JSON as it was, or is refused in one line."""

import json
import math
from typing import Any

import pytest
from django.apps import apps
from django.db import models

from catalog.exceptions import InvalidData
from catalog.models import AuditEvent, ModelVersion
from catalog.models.encoding import ExactEncoder, RowEncoder, StrictDecoder, StrictEncoder
from catalog.services.integrity.rebuild.field_parsing import field_values
from catalog.services.persistence.manifests import manifest_text
from catalog.services.persistence.signing import verify_manifest
from tests.services.snapshots import late_version

ODD = {"C": math.inf, "tol": -math.inf, "grid": [1, [math.inf]], "plain": 1.5, "text": "Infinity", "none": None}


def test_every_column_of_json_is_written_by_the_strict_encoder() -> None:
    fields = [
        field
        for model in apps.get_app_config("catalog").get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, models.JSONField)
    ]
    assert len(fields) > 15
    assert [str(field) for field in fields if not issubclass(field.encoder or object, RowEncoder)] == []
    assert [str(field) for field in fields if field.decoder is not StrictDecoder] == []


@pytest.mark.parametrize("encoder", [StrictEncoder, ExactEncoder])
def test_numbers_that_json_lacks_come_back(encoder: Any) -> None:
    text = json.dumps({**ODD, "missing": math.nan}, cls=encoder)
    json.loads(text, parse_constant=pytest.fail)
    back = json.loads(text, cls=StrictDecoder)
    assert math.isnan(back.pop("missing"))
    assert back == ODD


@pytest.mark.parametrize("text", ["a\0b", "half \ud83d", "\udc80"])
@pytest.mark.parametrize("wrap", [lambda text: {"a": [text]}, lambda text: {text: 1}, lambda text: [[text]]])
def test_a_text_that_no_database_takes_is_refused(text: str, wrap: Any) -> None:
    with pytest.raises(InvalidData, match="holds a NUL or half a character"):
        json.dumps(wrap(text), cls=RowEncoder)


@pytest.mark.parametrize("text", ["\\u0000", "\\ud83d", "\U0001f600", "é"])
def test_other_texts_are_left_alone(text: str) -> None:
    assert json.loads(json.dumps([text], cls=RowEncoder)) == [text]


@pytest.mark.both_databases
def test_a_version_keeps_them_and_comes_back_from_its_manifest_with_them(db: None) -> None:
    late_version().restore()
    late_v1 = ModelVersion.objects.get()
    ModelVersion.objects.filter(pk=late_v1.pk).update(params=ODD)
    late_v1.refresh_from_db()
    assert late_v1.params == ODD
    values = verify_manifest(manifest_text(late_v1).encode())
    restored = ModelVersion(**field_values(ModelVersion, values))
    restored.pk, restored.number = None, 2
    restored.registered_model, restored.dataset_version = late_v1.registered_model, late_v1.dataset_version
    restored.save()
    restored.refresh_from_db()
    assert restored.params == ODD


@pytest.mark.both_databases
def test_an_event_keeps_them(db: None) -> None:
    event = AuditEvent.objects.create(
        verb="annotated", object_type="model", object_name="late", actor="ada", changes={"report": ODD}
    )
    event.refresh_from_db()
    assert event.changes == {"report": ODD}
