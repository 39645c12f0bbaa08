"""The framework: records, their replicators, registries, verification and counters."""
