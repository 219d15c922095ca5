"""Counts and times of this process, in Prometheus' text format."""

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
        self.behind = Gauge(
            "catalog_behind", "1 while the version to serve does not load.", ["model"], registry=self.registry
        )

    def count(self, endpoint: str, status: int, seconds: float) -> None:
        self.requests.labels(endpoint, str(status)).inc()
        self.seconds.labels(endpoint).observe(seconds)

    def text(self) -> bytes:
        return generate_latest(self.registry)
