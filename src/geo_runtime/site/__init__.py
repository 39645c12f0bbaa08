"""A site: where it is, its role, its jobs, its flags, what it selects, and how it signs what it says."""
