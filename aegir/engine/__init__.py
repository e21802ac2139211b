"""Runs any list of steps from a ledger that survives anything. It has never heard of Drupal."""
