"""YAML: the value of a scalar, at a path of keys.

- plain: the values of a file that needs no parser
- tree: the structure of any other one, with offsets
- scalar: the value of a key
"""
