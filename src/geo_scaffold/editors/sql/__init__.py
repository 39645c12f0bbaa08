"""SQL: statements of a schema that `pg_dump` wrote.

- script: the statements of a file, with offsets and their place in pg_dump's order
- statements: entries
"""
