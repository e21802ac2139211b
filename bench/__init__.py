"""What is measured, and beside what: ``python -m bench`` prints one table."""
