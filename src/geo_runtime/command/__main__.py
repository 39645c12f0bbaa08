"""Runs the command line without an installed script: `python -m geo_runtime.command`."""

from geo_runtime.command import main

main()
