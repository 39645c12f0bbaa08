"""Types with a Git repository per record."""
