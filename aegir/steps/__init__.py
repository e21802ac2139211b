"""Changes that can be undone, shared by the verbs. A step is one where undoing it alone makes sense."""
