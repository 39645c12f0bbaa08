"""Runs the command line where nothing is installed: `python -m geo_runtime.command`."""

from geo_runtime.command import main

main()
