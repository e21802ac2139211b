"""Fixtures for every test."""
# Here and not in pyproject.toml: from there the settings would be read before the folder above is named.
os.environ["DJANGO_SETTINGS_MODULE"] = "aegir.settings"
