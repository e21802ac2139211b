"""The REST API: what the command line speaks, and programs elsewhere."""
