"""Packages are sorted by their version as Drupal orders them."""

from django.db import migrations, models

from aegir.models.versions import sortable


def fill(apps, editor):
    """A version of a package at a time, each found by an index: there are few, where rows are a million."""
    rows = apps.get_model("aegir", "Package").objects.using(editor.connection.alias)
    for name, version in list(rows.order_by().values_list("name", "version").distinct()):
        if key := sortable(version):
            rows.filter(name=name, version=version).update(version_order=key)


class Migration(migrations.Migration):

    dependencies = [
        ('aegir', '0009_searched_by_parts'),
    ]

    operations = [
        migrations.AddField(
            model_name='package',
            name='version_order',
            field=models.CharField(blank=True, editable=False, max_length=200),
        ),
        migrations.AddIndex(
            model_name='package',
            index=models.Index(fields=['name', 'version_order', 'version'], name='package_versions'),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
