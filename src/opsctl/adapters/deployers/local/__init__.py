"""Real processes on this machine under circus: started beside the old, health-checked, rolled over, logged."""

from opsctl.adapters.deployers.local.deployer import LocalDeployer
from opsctl.adapters.deployers.local.stopping import stop_everything

__all__ = ["LocalDeployer", "stop_everything"]
