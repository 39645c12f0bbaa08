"""Kinds of types, which differ in the data that a record has; each brings everything of its own."""
