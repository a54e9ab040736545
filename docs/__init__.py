"""Documentation, and the commands that generate parts of it."""
