"""Counts and times of this process, in Prometheus' text format."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)
ROWS = (1, 2, 5, 10, 20, 50, 100, 1_000, 10_000, 100_000)


class RequestMetrics:
    """One for each application, so that two in a process count apart."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "catalog_requests", "Requests by endpoint and status.", ["endpoint", "status"], registry=self.registry
        )
        self.seconds = Histogram(
            "catalog_request_seconds", "Time to answer.", ["endpoint"], buckets=SECONDS, registry=self.registry
        )
        self.batch_rows = Histogram(
            "catalog_batch_rows", "Rows that were scored together.", ["model"], buckets=ROWS, registry=self.registry
        )
        self.swaps = Counter(
            "catalog_swaps", "Versions that took the place of another.", ["model"], registry=self.registry
        )
        self.logged_rows = Counter(
            "catalog_logged_rows", "Rows of the request log, kept or dropped.", ["outcome"], registry=self.registry
        )
        self.behind = Gauge(
            "catalog_behind", "1 while the version to serve does not load.", ["model"], registry=self.registry
        )

    def counter(self, endpoint: str) -> Callable[[int, float], None]:
        """What counts an answer of the endpoint, by its status and the seconds that it took."""
        seconds_of, requests = self.seconds.labels(endpoint), self.requests
        by_status = {200: requests.labels(endpoint, "200")}

        def count(status: int, seconds: float) -> None:
            if status not in by_status:
                by_status[status] = requests.labels(endpoint, str(status))
            by_status[status].inc()
            seconds_of.observe(seconds)

        return count

    def text(self) -> bytes:
        return generate_latest(self.registry)
