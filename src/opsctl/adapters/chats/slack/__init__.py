"""Slack: what opsctl says there, and how it finds out who answered."""
