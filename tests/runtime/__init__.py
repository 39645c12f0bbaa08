"""Conformance of the runtime with the specification."""
