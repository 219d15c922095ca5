"""`manage.py COMMAND --help` for each of our commands, against Django's own `check --help`.

    .venv/bin/python -m benchmarks.startup [--rounds 15]

The work is the same each time, and others can only slow it down: the fastest run of each is compared.
"""

from functools import partial

from benchmarks.catalog_on_s3 import CatalogOnS3
from benchmarks.measuring import ROOT, Measured, Run, Runs, asked_rounds, in_turn, report
from tests.servers.seaweedfs import SeaweedFS

DJANGOS = "check"


def main() -> None:
    rounds = asked_rounds(15)
    catalog = CatalogOnS3(SeaweedFS("http://127.0.0.1:1"), ROOT / "var")  # which no help text needs
    names = sorted(path.stem for path in (ROOT / "catalog/management/commands").glob("[a-z]*.py"))

    def help_of(name: str) -> Run:
        return catalog.manage(name, "--help")

    help_of(DJANGOS)  # which writes the compiled files
    runs: Runs = {DJANGOS: []}
    figures = []
    for name in names:
        pair = in_turn({DJANGOS: partial(help_of, DJANGOS), name: partial(help_of, name)}, rounds)
        fastest = min(run.seconds for run in pair[name]) / min(run.seconds for run in pair[DJANGOS])
        figures.append(Measured(f"{name} --help", "fastest / fastest check --help", [fastest], 1.1))
        runs[DJANGOS] += pair[DJANGOS]
        runs[name] = pair[name]
    report("startup", runs, figures)


if __name__ == "__main__":
    main()
