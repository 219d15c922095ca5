"""The five minutes of README.md, typed as they stand there, with a file as a Brazilian office writes it."""

import random
import shlex
from pathlib import Path

import pandas as pd
import pytest

from tests.commands.conftest import Run

README = (Path(__file__).resolve().parents[2] / "README.md").read_text()
RANDOM = random.Random(5)
HEADER = "customer_id;nome;cidade;cadastro;mensalidade;desconto"


def customers(count: int, *, labelled: bool) -> bytes:
    """Who pays much leaves."""
    lines = [HEADER + (";left" if labelled else "")]
    for number in range(count):
        pay = RANDOM.uniform(80, 2_400)
        money = f"R$ {pay:,.2f}".translate(str.maketrans(",.", ".,"))
        day = f"{1 + number % 28:02}/{1 + number % 12:02}/{2015 + number % 10}"
        row = [f"c{number:04}", f"João {number}", RANDOM.choice(["São Paulo", "Belém", "Goiânia"]), day, money]
        row.append(f"{number % 40},5%")
        lines.append(";".join(row + (["sim" if pay > 1_200 else "não"] if labelled else [])))
    return ("\r\n".join(lines) + "\r\n").encode("cp1252")


def typed(beginning: str) -> list[list[str]]:
    """The commands of the page that begin so."""
    tour = README[README.index("in five minutes") : README.index("## References")]
    lines = [line.strip().removeprefix("python manage.py ") for line in tour.splitlines()]
    return [shlex.split(line, comments=True) for line in lines if line.startswith(beginning)]


def test_the_five_minutes_work_with_a_brazilian_file(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("customers.csv").write_bytes(customers(240, labelled=True))
    Path("new.csv").write_bytes(customers(40, labelled=False))
    [preview, add] = typed("add_dataset churn customers.csv")
    seen = run(*preview)
    assert seen.lines[0] == "Nothing was stored. As it would be read: 240 rows, 7 columns."
    told = run(*add)
    assert told.lines[1] == (
        "  customer_id (string), nome (string), cidade (string), cadastro (date), mensalidade (number), desconto "
        "(number), left (string)"
    )
    assert told.lines[2] in seen.lines
    for command in (*typed("train_model churn"), *typed("versions churn"), *typed("promote churn")):
        outcome = run(*command)
        assert outcome.code == 0, outcome.err
    [predict] = typed("predict churn --input new.csv")
    assert run(*predict).code == 0
    scored = pd.read_csv("scored.csv")
    cells = [line.split(";")[4] for line in Path("new.csv").read_text("cp1252").splitlines()[1:]]
    pays = [float(cell.removeprefix("R$ ").replace(".", "").replace(",", ".")) for cell in cells]
    right = [("sim" if pay > 1_200 else "não") == said for pay, said in zip(pays, scored["prediction"], strict=True)]
    assert sum(right) >= 36
