"""What people see of models: text of numbers and times, and HTML. It knows models only."""
