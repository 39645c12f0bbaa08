"""The event log, both ends: who writes it and who reads it."""
