"""The chat surface: carries chat messages to the action core and back, and serves the embedded room."""
