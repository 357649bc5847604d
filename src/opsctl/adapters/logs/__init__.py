"""Adapters of the LogSource port."""
