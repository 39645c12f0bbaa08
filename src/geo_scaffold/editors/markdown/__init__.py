"""Markdown: rows of a table, items of a list, properties of JSON examples.

- page: lines, headings and code fences, with offsets
- tables, bullets, examples: the entries
"""
