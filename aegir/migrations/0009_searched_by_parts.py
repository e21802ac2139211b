"""PostgreSQL finds parts of words without reading every task, where its extension for that can be had."""

from django.db import migrations

COLUMNS = ("subject_name", "asked_by")


def make(apps, editor):
    if editor.connection.vendor != "postgresql":
        return
    with editor.connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_trgm') OR EXISTS ("
            "SELECT FROM pg_available_extension_versions WHERE name = 'pg_trgm' AND trusted"
            ") AND has_database_privilege(current_database(), 'CREATE')"
        )
        (possible,) = cursor.fetchone()
        if not possible:
            return
        cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        for column in COLUMNS:
            cursor.execute(
                f"CREATE INDEX task_parts_of_{column} ON aegir_task "
                f"USING gin (upper({column}::text) gin_trgm_ops)"
            )


def drop(apps, editor):
    if editor.connection.vendor == "postgresql":
        for column in COLUMNS:
            editor.execute(f"DROP INDEX IF EXISTS task_parts_of_{column}")


class Migration(migrations.Migration):

    dependencies = [
        ('aegir', '0008_lists_in_order'),
    ]

    operations = [
        migrations.RunPython(make, drop),
    ]
