"""What `stepfleet discover` does: reads the project, looks at the account, and files the specs."""
