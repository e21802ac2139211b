"""A platform may need several credentials, as its code may come from several hosts: the one that it had comes along."""

import django.db.models.deletion
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def bring(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    for platform in apps.get_model("aegir", "Platform").objects.exclude(credential=None):
        platform.credentials.add(platform.credential_id)


def take_back(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """The first of them: there is room for no more."""
    for platform in apps.get_model("aegir", "Platform").objects.exclude(credentials=None).distinct():
        platform.credential_id = platform.credentials.order_by("pk").values_list("pk", flat=True)[0]
        platform.save(update_fields=["credential"])


class Migration(migrations.Migration):
    dependencies = [("aegir", "0013_advisories_of_seven")]

    operations = [
        migrations.AlterField(
            "platform",
            "credential",
            models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="aegir.credential"
            ),
        ),
        migrations.AddField(
            "platform",
            "credentials",
            models.ManyToManyField(blank=True, related_name="platforms", to="aegir.credential"),
        ),
        migrations.RunPython(bring, take_back),
        migrations.RemoveField("platform", "credential"),
    ]
