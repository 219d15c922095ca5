"""The database refuses to change an audit event, and on PostgreSQL to delete one.

On SQLite deleting stays possible, because Django empties tables there with DELETE (`flush`, tests); the model refuses it.
"""

from django.db import migrations

SQLITE = [
    """CREATE TRIGGER catalog_auditevent_never_changes BEFORE UPDATE ON catalog_auditevent
    BEGIN SELECT RAISE(ABORT, 'audit events are never changed'); END""",
]
POSTGRESQL = [
    """CREATE FUNCTION catalog_auditevent_never_changes() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'audit events are never changed' USING ERRCODE = 'integrity_constraint_violation'; END $$""",
    """CREATE TRIGGER catalog_auditevent_never_changes BEFORE UPDATE OR DELETE ON catalog_auditevent
    FOR EACH ROW EXECUTE FUNCTION catalog_auditevent_never_changes()""",
]
SQLITE_BACK = ["DROP TRIGGER catalog_auditevent_never_changes"]
POSTGRESQL_BACK = [
    "DROP TRIGGER catalog_auditevent_never_changes ON catalog_auditevent",
    "DROP FUNCTION catalog_auditevent_never_changes",
]


def forwards(apps, schema_editor):
    for statement in {"sqlite": SQLITE, "postgresql": POSTGRESQL}[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


def backwards(apps, schema_editor):
    for statement in {"sqlite": SQLITE_BACK, "postgresql": POSTGRESQL_BACK}[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]
    operations = [migrations.RunPython(forwards, backwards)]
