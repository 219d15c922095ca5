"""Asks a server for predictions over kept connections, and says how fast it answered: where wrk is not installed.

python -m benchmarks.programs.request_load http://127.0.0.1:8001/models/delay/predict bodies.json CONNECTIONS SECONDS
"""

import asyncio
import json
import statistics
import sys
import time
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

WARM_UP_SECONDS = 3.0


async def ask(host: str, port: int, requests: list[bytes], start: int, until: float, taken: list[float]) -> None:
    """One connection, one request after another; `taken` gets the seconds of each."""
    reader, writer = await asyncio.open_connection(host, port)
    for number in count(start):
        begun = time.perf_counter()
        if begun >= until:
            break
        writer.write(requests[number % len(requests)])
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            sys.exit(head.decode())
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(int(length.partition(b":")[2]))
        taken.append(time.perf_counter() - begun)
    writer.close()


async def load(url: str, bodies: list[bytes], connections: int, seconds: float) -> list[float]:
    parts = urlsplit(url)
    head = f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: application/json\r\n"
    requests = [f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body for body in bodies]
    taken: list[float] = []
    until = time.perf_counter() + seconds
    asking = [ask(parts.hostname or "", parts.port or 80, requests, at * 17, until, taken) for at in range(connections)]
    await asyncio.gather(*asking)
    return taken


def main(url: str, rows: str, connections: str, seconds: str) -> None:
    bodies = Path(rows).read_bytes().splitlines()
    asyncio.run(load(url, bodies, int(connections), WARM_UP_SECONDS))
    taken = asyncio.run(load(url, bodies, int(connections), float(seconds)))
    percentiles = statistics.quantiles(taken, n=100)
    answered = {
        "per_second": len(taken) / float(seconds),
        "p50_ms": percentiles[49] * 1e3,
        "p99_ms": percentiles[98] * 1e3,
    }
    print(json.dumps(answered))


if __name__ == "__main__":
    main(*sys.argv[1:])
