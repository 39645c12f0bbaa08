"""Generates everything a GitLab Geo replicable type needs, and proves that nothing is missing."""

__version__ = "0.1.0"
