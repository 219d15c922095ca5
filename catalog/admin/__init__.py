"""The web UI. Pages show; services change."""

from catalog.admin import datasets, models, records

__all__ = ["datasets", "models", "records"]
