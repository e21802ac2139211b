"""Tasks that failed lately are found among all that ever failed; PostgreSQL finds parts of sites' names and
titles without reading all of them, where it does so of tasks."""

from django.db import migrations, models

COLUMNS = (("site", "domain"), ("site", "title"), ("sitename", "name"))


def make(apps, editor):
    if editor.connection.vendor != "postgresql":
        return
    with editor.connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_trgm')")
        (possible,) = cursor.fetchone()
        for table, column in COLUMNS if possible else ():
            cursor.execute(
                f"CREATE INDEX {table}_parts_of_{column} ON aegir_{table} "
                f"USING gin (upper({column}::text) gin_trgm_ops)"
            )


def drop(apps, editor):
    if editor.connection.vendor == "postgresql":
        for table, column in COLUMNS:
            editor.execute(f"DROP INDEX IF EXISTS {table}_parts_of_{column}")


class Migration(migrations.Migration):

    dependencies = [
        ('aegir', '0011_code_changes'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='task',
            index=models.Index(fields=['state', 'ended_at'], name='task_over_in_state'),
        ),
        migrations.RunPython(make, drop),
    ]
