"""What README.md promises of the suite is what the suite counts."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()


def counted() -> set[str]:
    """The words by which tests count what they tried."""
    sources = [path.read_text() for path in (ROOT / "tests").rglob("test_*.py")]
    own = (source for source in sources if "from tests.summary import count" in source)
    return {what for source in own for what in re.findall(r'^\s*count\(\s*"([^"]+)"', source, re.MULTILINE)}


def test_the_readme_quotes_every_figure_that_the_suite_prints() -> None:
    quoted = {what for what in counted() if re.search(rf"^\| {re.escape(what)}[^|]*\| \d", README, re.MULTILINE)}
    assert counted() - quoted == set()
    assert len(quoted) > 10
