"""A site: its settings, role, jobs, flags, selective sync and signed requests."""
