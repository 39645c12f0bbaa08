"""Types with one file per record."""
