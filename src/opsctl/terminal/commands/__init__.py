"""The terminal's own commands: what has no meaning in chat."""
