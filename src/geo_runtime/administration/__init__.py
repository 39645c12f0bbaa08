"""What people may see and do."""
