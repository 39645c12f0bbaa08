"""Files: storage of data, Git, and checksums of both."""
