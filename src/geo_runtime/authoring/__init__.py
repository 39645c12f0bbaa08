"""The parts of a type."""
