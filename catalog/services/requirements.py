"""What a version needs to be loaded as it was trained."""

from catalog.exceptions import NotFound
from catalog.models import ModelVersion


def model_requirements(*, version: ModelVersion, full: bool = False) -> list[str]:
    """The lines of a requirements file: a comment, then `name==version` each. `full` is all that was installed.

    Raises NotFound when nothing was recorded, as of an upload that does not say what it was saved with.
    """
    from catalog.ml.artifacts.environment import requirements

    recorded = version.environment.get("versions", {})
    lines = requirements(version.environment, full=full)
    if not lines:
        what = "every package that was installed" if full else "what it was trained with"
        raise NotFound(
            f"{version.reference} does not say {what}: it was uploaded, and its file does not tell. "
            f"{'Leave out --full, or ask' if full and recorded else 'Ask'} {version.created_by}."
        )
    python = f"Python {recorded['python']}" if recorded.get("python") else "an unknown Python"
    return [f"# {version.reference} was trained with {python}.", *lines]
