"""What people can see and do."""
