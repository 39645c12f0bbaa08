"""YAML: one scalar, or entries of one list or mapping, at a path of keys.

- tree: the structure of a file, with offsets
- scalar: the value of a key
- entries: entries of lists and mappings
"""
