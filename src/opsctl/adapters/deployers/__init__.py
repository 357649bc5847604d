"""Adapters of the Deployer port."""
