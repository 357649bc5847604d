"""Adapters of the Monitor port."""
