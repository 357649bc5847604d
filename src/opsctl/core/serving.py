"""Which process serves a standing operation: waits for what it waits for, and carries it out once it may."""

from dataclasses import replace

from opsctl.core.context import Context
from opsctl.core.holder import Holder
from opsctl.core.operation import STANDING, Operation
from opsctl.core.store import Transaction


def serve(context: Context, tx: Transaction, operation: Operation) -> bool:
    """From now on this process serves it, where no other that lives does; whether it does."""
    if operation.state not in STANDING:
        return False
    if operation.holder == context.holder:
        return True
    holder = Holder.parse(operation.holder)
    if holder is not None and not holder.is_dead():
        return False
    tx.update(replace(operation, holder=context.holder), expected=operation.state)
    return True
