"""The database itself forbids to change or remove what the audit holds."""

from django.db import migrations

SQLITE = [
    "CREATE TRIGGER audit_keeps_{what} BEFORE {what} ON aegir_auditentry "
    "BEGIN SELECT RAISE(ABORT, 'the audit can only be added to'); END",
    # A row that replaces another one removes it without the trigger of removals.
    "CREATE TRIGGER audit_keeps_REPLACE BEFORE INSERT ON aegir_auditentry "
    "WHEN EXISTS (SELECT 1 FROM aegir_auditentry WHERE id = NEW.id OR digest = NEW.digest) "
    "BEGIN SELECT RAISE(ABORT, 'the audit can only be added to'); END",
]
POSTGRESQL = [
    "CREATE FUNCTION audit_keeps() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'the audit can only be added to'; END $$",
    "CREATE TRIGGER audit_keeps BEFORE UPDATE OR DELETE ON aegir_auditentry "
    "FOR EACH ROW EXECUTE FUNCTION audit_keeps()",
    "CREATE TRIGGER audit_keeps_all BEFORE TRUNCATE ON aegir_auditentry "
    "FOR EACH STATEMENT EXECUTE FUNCTION audit_keeps()",
]


def forbid(apps, editor):
    if editor.connection.vendor == "sqlite":
        for what in ("UPDATE", "DELETE"):
            editor.execute(SQLITE[0].format(what=what))
        editor.execute(SQLITE[1])
    else:
        for statement in POSTGRESQL:
            editor.execute(statement)


def allow(apps, editor):
    if editor.connection.vendor == "sqlite":
        for what in ("UPDATE", "DELETE", "REPLACE"):
            editor.execute(f"DROP TRIGGER audit_keeps_{what}")
    else:
        editor.execute("DROP TRIGGER audit_keeps ON aegir_auditentry")
        editor.execute("DROP TRIGGER audit_keeps_all ON aegir_auditentry")
        editor.execute("DROP FUNCTION audit_keeps()")


class Migration(migrations.Migration):

    dependencies = [
        ('aegir', '0003_people'),
    ]

    operations = [
        migrations.RunPython(forbid, allow),
    ]
