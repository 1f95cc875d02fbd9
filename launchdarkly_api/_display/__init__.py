"""The display of models: text of numbers and times, and HTML. It depends on models only."""
