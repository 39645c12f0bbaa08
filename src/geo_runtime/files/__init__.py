"""Files: where data lie, Git, and checksums of both."""
