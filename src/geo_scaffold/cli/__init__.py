"""The command line: Typer, Rich, exit codes. One verb a module, heavy imports inside the verb.

app      the commands and what every one of them shares
names    `geo-scaffold names`
report   errors and messages, for people and as JSON
"""

from geo_scaffold.cli.app import app, main

__all__ = ["app", "main"]
