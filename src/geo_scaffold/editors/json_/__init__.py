"""JSON: strings of arrays and properties of objects, at a path of keys.

- tree: the structure of a text, with offsets
- entries: the entries, several at once
"""
