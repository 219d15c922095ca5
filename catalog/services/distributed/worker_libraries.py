"""The libraries that must be alike on all machines of a cluster, or they would predict differently."""

import platform
from importlib import metadata

COMPARED = ("python", "scikit-learn", "numpy")


def libraries() -> dict[str, str]:
    """Version by name, major and minor, of this machine."""
    versions = {name: metadata.version(name) for name in COMPARED if name != "python"}
    versions["python"] = platform.python_version()
    return {name: ".".join(versions[name].split(".")[:2]) for name in COMPARED}
