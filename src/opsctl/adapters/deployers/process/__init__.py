"""The team's own tool as a deployer: argument vectors that deploy, roll back, scale and tell the state."""

from opsctl.adapters.deployers.process.deployer import ProcessDeployer

__all__ = ["ProcessDeployer"]
