"""Changes that can be undone, shared by the verbs. A step is a subject here if undoing it alone makes sense."""
