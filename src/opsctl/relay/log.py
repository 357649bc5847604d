"""The relay's log: one JSON object a line on standard error, secrets masked."""

import json
import logging
import secrets
import sys
from datetime import UTC, datetime
from typing import Any, TextIO

from opsctl.core.masking import masked

_FACTS = "facts"


class Log:
    """Says what happened, with facts in named fields."""

    def __init__(self, name: str = "opsctl.relay") -> None:
        self._logger = logging.getLogger(name)

    def info(self, event: str, **facts: Any) -> None:
        """Something that should happen."""
        self._logger.info(event, extra={_FACTS: facts})

    def warning(self, event: str, **facts: Any) -> None:
        """Something that somebody should look at, some day."""
        self._logger.warning(event, extra={_FACTS: facts})

    def error(self, event: str, error: BaseException, **facts: Any) -> str:
        """An error of opsctl's own, with its traceback; returns the number that finds it here."""
        number = secrets.token_hex(3)
        self._logger.error(event, exc_info=error, extra={_FACTS: {"number": number, **facts}})
        return number


def write_to(out: TextIO = sys.stderr) -> None:
    """From now on, what this process logs is written there."""
    handler = logging.StreamHandler(out)
    handler.setFormatter(_Lines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("opsctl").setLevel(logging.INFO)


class _Lines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "from": record.name,
            "event": record.getMessage(),
            **getattr(record, _FACTS, {}),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(masked(line), ensure_ascii=False, default=str)
