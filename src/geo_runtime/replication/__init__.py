"""The framework: records, their replicators, registries, verification, and what is counted of them."""
