"""A database that does not answer for a while: who waits for it, for how long, and what is not its fault."""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import Error, InterfaceError, OperationalError, connection

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.2, 5.0
# Connections that were refused or lost, and a server that stops or starts: PostgreSQL's classes 08 and 57P.
LOST_STATES = ("08", "57P")
Answer = TypeVar("Answer")
logger = logging.getLogger(__name__)


def is_outage(error: BaseException) -> bool:
    """Whether the database could not be reached or is locked: the same statement may succeed later."""
    if isinstance(error, InterfaceError):
        return True
    if not isinstance(error, OperationalError):
        return False
    if connection.vendor == "sqlite":
        return "locked" in str(error)
    state = getattr(error.__cause__, "sqlstate", None)
    return state is None or str(state).startswith(LOST_STATES)


def wait_for_database(ask: Callable[[], Answer], *, within_seconds: float) -> Answer:
    """What `ask` gives, tried again with growing pauses while the database is out of reach; said once.

    Called outside transactions. Raises the database's Error when the time is over, or when it is no outage.
    """
    deadline, pause, is_said = time.monotonic() + within_seconds, FIRST_PAUSE_SECONDS, False
    while True:
        try:
            return ask()
        except Error as error:
            connection.close()
            if not is_outage(error) or time.monotonic() + pause > deadline:
                raise
            if not is_said:
                logger.warning("The database does not answer (%s). Trying again.", first_line(error))
                is_said = True
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)


def first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
