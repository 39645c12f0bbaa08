"""`python -m geo_scaffold`."""

from geo_scaffold.cli import main

main()
