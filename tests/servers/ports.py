"""Free ports of the loopback interface."""

import random
import socket
from contextlib import ExitStack, suppress

# Below those that systems give to outgoing connections: one of them could take the port before a server listens on it.
RANGE = range(15000, 30000)
chosen_at_random = random.SystemRandom()


def free_ports(count: int) -> list[int]:
    """Ports that nothing listens on at the moment, all different. Another process may still be about to take one."""
    with ExitStack() as stack:
        found: list[int] = []
        while len(found) < count:
            port = chosen_at_random.choice(RANGE)
            with suppress(OSError):
                stack.enter_context(socket.socket()).bind(("127.0.0.1", port))
                found.append(port)
        return found
