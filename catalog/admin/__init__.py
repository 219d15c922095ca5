"""The web UI. Pages show; services change."""

from catalog.admin import datasets, jobs, models, records

__all__ = ["datasets", "jobs", "models", "records"]
