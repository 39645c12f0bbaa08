"""Kinds of types, which differ in the data of a record; each package has everything that its kind needs."""
