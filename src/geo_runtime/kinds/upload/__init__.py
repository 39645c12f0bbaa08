"""Types with rows of a partition of `uploads`, each with one file."""
