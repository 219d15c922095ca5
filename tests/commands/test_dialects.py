"""Text files as offices write them: found by looking at them, said in a line, recorded, and the same in predictions."""

import random
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from catalog.models import DatasetVersion
from tests.commands.conftest import Run
from tests.workbooks import write_xlsx

RANDOM = random.Random(3)
STAFF = [
    (RANDOM.choice(["MECÂNICO", "PROFESSOR", "MÉDICO"]), f"{1990 + at % 30}-{1 + at % 12:02}-{1 + at % 28:02}", pay)
    for at, pay in enumerate(round(RANDOM.uniform(900, 17_000), 2) for _ in range(120))
]
NAMES = ["Cargo", "Data Admissão", "Proventos", "alto"]


def brazilian(delimiter: str = ";", *, quote: str = "", header: str = "") -> str:
    lines = [header or delimiter.join(NAMES)]
    for job, day, pay in STAFF:
        year, month, date = day.split("-")
        money = f"{pay:,.2f}".translate(str.maketrans(",.", ".,"))
        lines.append(delimiter.join([job, f"{date}/{month}/{year}", f"{quote}{money}{quote}", high(pay)]))
    return "\n".join(lines) + "\n"


def plain() -> str:
    return "".join(f"{job},{day},{pay},{high(pay)}\n" for job, day, pay in [*STAFF]).join([",".join(NAMES) + "\n", ""])


def high(pay: float) -> str:
    return "sim" if pay > 9_000 else "não"


FOLHA = {
    "latin1": (
        brazilian().encode("latin-1"),
        (
            "  Read as ;-separated cp1252 ('Admissão'), decimal comma (Proventos), thousands point (Proventos), dates "
            "as day/month/year (Data Admissão)."
        ),
    ),
    "header_comma": (
        brazilian(header='Cargo;"Data Admissão (dia, mês, ano)";Proventos;alto').encode(),
        (
            "  Read as ;-separated, decimal comma (Proventos), thousands point (Proventos), dates as day/month/year "
            "(Data Admissão (dia, mês, ano))."
        ),
    ),
    "commas_quoted": (
        brazilian(",", quote='"').encode(),
        "  Read as decimal comma (Proventos), thousands point (Proventos), dates as day/month/year (Data Admissão).",
    ),
}


@pytest.mark.parametrize("case", FOLHA)
def test_a_payroll_is_read_and_said_in_one_line(run: Run, tmp_path: Path, case: str) -> None:
    content, line = FOLHA[case]
    (tmp_path / "folha.csv").write_bytes(content)
    assert run("add_dataset", "folha", tmp_path / "folha.csv").lines[2:] == [line]
    version = DatasetVersion.objects.get()
    assert [column["type"] for column in version.schema] == ["string", "date", "number", "string"]
    assert version.row_count == len(STAFF)
    profile = version.profile[2]
    assert profile["max"] == max(pay for *_, pay in STAFF)


def test_a_workbook_has_the_same_types(run: Run, tmp_path: Path) -> None:
    rows = [[job, pay, high(pay)] for job, _, pay in STAFF]
    path = write_xlsx(tmp_path / "folha.xlsx", {"Folha": [["Cargo", "Proventos", "alto"], *rows]})
    schema = run("add_dataset", "folha", path, "--json").json["schema"]
    assert [column["type"] for column in schema] == ["string", "number", "string"]


@pytest.fixture
def learned(run: Run, tmp_path: Path) -> Path:
    """The predictions of a model of the Brazilian file, on the plain one."""
    (tmp_path / "folha.csv").write_bytes(brazilian().encode("cp1252"))
    (tmp_path / "plain.csv").write_text(plain())
    run("add_dataset", "folha", tmp_path / "folha.csv")
    options = ("--estimator", "decision_tree", "--alias", "production", "--reason", "the only one")
    assert run("train_model", "alto", "--dataset", "folha", "--target", "alto", *options).code == 0
    assert run("predict", "alto", "-i", tmp_path / "plain.csv", "-o", tmp_path / "expected.csv").code == 0
    return tmp_path / "expected.csv"


SAME_ROWS = {
    "the same": brazilian().encode("cp1252"),
    "UTF-16": brazilian().encode("utf-16"),
    "tabs and a byte order mark": brazilian("\t").encode("utf-8-sig"),
    "commas and quotes": brazilian(",", quote='"').encode(),
    "bars": brazilian("|").encode("cp850"),
    "Windows line ends": brazilian().replace("\n", "\r\n").encode(),
    "plain with semicolons": plain().replace(",", ";").encode(),
}


@pytest.mark.parametrize("case", SAME_ROWS)
def test_the_same_rows_are_predicted_alike_in_every_dialect(run: Run, learned: Path, tmp_path: Path, case: str) -> None:
    (tmp_path / "new.csv").write_bytes(SAME_ROWS[case])
    outcome = run("predict", "alto", "-i", tmp_path / "new.csv", "-o", tmp_path / "out.csv")
    assert outcome.code == 0
    assert (tmp_path / "out.csv").read_bytes() == learned.read_bytes()
    assert pd.read_csv(learned)["prediction"].nunique() == 2


def test_a_prediction_says_how_the_file_was_read(run: Run, learned: Path, tmp_path: Path) -> None:
    outcome = run("predict", "alto", "-i", tmp_path / "folha.csv", "-o", tmp_path / "out.csv", "--json")
    assert outcome.json["notes"] == [FOLHA["latin1"][1].strip()]


def test_a_feature_that_is_copied_too_stays_as_it_is_written(run: Run, learned: Path, tmp_path: Path) -> None:
    ids = ("--id-column", "Proventos", "--id-column", "Data Admissão")
    assert run("predict", "alto", "-i", tmp_path / "folha.csv", "-o", tmp_path / "out.csv", *ids).code == 0
    table = pd.read_csv(tmp_path / "out.csv", dtype=str)
    assert table["prediction"].tolist() == pd.read_csv(learned)["prediction"].tolist()
    assert table["Proventos"][0] == f"{STAFF[0][2]:,.2f}".translate(str.maketrans(",.", ".,"))


def new_rows(tmp_path: Path, *cells: str) -> Path:
    (tmp_path / "new.csv").write_text("\n".join(["Cargo;Data Admissão;Proventos", *cells]) + "\n")
    return tmp_path / "new.csv"


def test_what_no_row_tells_is_asked_for(run: Run, learned: Path, tmp_path: Path) -> None:
    new = new_rows(tmp_path, "MÉDICO;03/04/2026;5.234,50")
    out = tmp_path / "out.csv"
    assert run("predict", "alto", "-i", new, "-o", out).err == (
        f"{new}: column 'Data Admissão' may be dates by day/month/year or month/day/year, as '03/04/2026', and no row "
        "tells. Say which: --date-format %d/%m/%Y or --date-format %m/%d/%Y."
    )
    assert not out.exists()
    assert run("predict", "alto", "-i", new, "-o", out, "--date-format", "%d/%m/%Y").code == 0


def test_groups_of_thousands_are_no_fractions_where_the_training_data_had_groups(
    run: Run, learned: Path, tmp_path: Path
) -> None:
    new = new_rows(tmp_path, "MÉDICO;2026-04-03;5.234")
    assert "--decimal . or --thousands ." in run("predict", "alto", "-i", new, "-o", tmp_path / "out.csv").err
    assert run("predict", "alto", "-i", new, "-o", tmp_path / "out.csv", "--thousands", ".").code == 0


def test_words_for_missing_values_of_the_training_say_nothing_of_how_numbers_are_written(
    run: Run, tmp_path: Path
) -> None:
    for name, first in ("old", "1,5"), ("new", "n/d"):
        (tmp_path / f"{name}.csv").write_text(f"x;y\n{first};a\n" + "1,5;a\nn/d;b\n2,5;b\n" * 20)
    run("add_dataset", "d", tmp_path / "old.csv", "--missing", "n/d")
    run("train_model", "m", "--dataset", "d", "--target", "y", "--estimator", "decision_tree")
    told = run("predict", "m:1", "-i", tmp_path / "new.csv", "-o", tmp_path / "out.csv")
    assert told.code == 0, told.err


def test_a_cell_that_is_written_otherwise_is_named_by_its_row(run: Run, learned: Path, tmp_path: Path) -> None:
    new = new_rows(tmp_path, "MÉDICO;2026-04-03;5,5", "MÉDICO;2026-04-03;5.5")
    outcome = run("predict", "alto", "-i", new, "-o", tmp_path / "out.csv")
    assert outcome.err == f"{new}: column 'Proventos', row 2: '5.5' is not a number (decimal comma)."


def add(run: Run, tmp_path: Path, text: str | bytes, *options: str) -> Any:
    (tmp_path / "t.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    return run("add_dataset", "t", tmp_path / "t.csv", *options)


def types(run: Run, tmp_path: Path, text: str | bytes, *options: str) -> list[str]:
    outcome = add(run, tmp_path, text, *options, "--json")
    assert outcome.code == 0, outcome.err
    return [column["type"] for column in outcome.json["schema"]]


AMBIGUOUS = "d;x\n01/02/2026;1,234\n03/04/2026;5\n"


def test_a_dataset_with_ambiguous_dates_is_asked_for_and_nothing_kept(run: Run, tmp_path: Path) -> None:
    outcome = add(run, tmp_path, "d;x\n01/02/2026;1,25\n03/04/2026;5\n")
    assert outcome.err == (
        f"{tmp_path}/t.csv: column 'd' may be dates by day/month/year or month/day/year, as '01/02/2026', and no row "
        "tells. Say which: --date-format %d/%m/%Y or --date-format %m/%d/%Y."
    )
    assert not DatasetVersion.objects.exists()


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--date-format", "%d/%m/%Y", "--decimal", ","], ["date", "number"]),
        (["--date-format", "d=%m/%d/%Y", "--thousands", "x=,"], ["date", "integer"]),
        (["--column-type", "d=string", "--column-type", "x=string"], ["string", "string"]),
        (["--column-type", "d=string", "--decimal", ","], ["string", "number"]),
    ],
)
def test_what_people_say_decides(run: Run, tmp_path: Path, options: list[str], expected: list[str]) -> None:
    assert types(run, tmp_path, AMBIGUOUS, *options) == expected


def test_a_point_before_three_digits_is_said_in_files_that_are_not_plain(run: Run, tmp_path: Path) -> None:
    assert add(run, tmp_path, "x;y\n1.234;a\n5;b\n").out.endswith(
        "  Read as ;-separated.\n"
        "  Column 'x': '1.234' and the others were read with a decimal point, as 1.234. If it groups thousands, say "
        "so: --thousands .\n"
    )


def test_the_separator_and_the_encoding_can_be_said(run: Run, tmp_path: Path) -> None:
    text = "a;b,c\n1;2,ŕ\n".encode("cp1250")
    assert types(run, tmp_path, text, "--delimiter", ";", "--encoding", "cp1250") == ["integer", "string"]
    assert DatasetVersion.objects.get().first_rows == [["1", "2,ŕ"]]


def test_lines_above_below_and_between_can_be_left_out(run: Run, tmp_path: Path) -> None:
    text = "Vendas\n\na;b\n# nota\n1;2\n3;4\n\nTotal;6\nFonte: nós\n"
    assert types(run, tmp_path, text, "--skip-rows", "2", "--skip-footer", "2", "--comment", "#") == ["integer"] * 2
    assert DatasetVersion.objects.get().row_count == 2


def test_lines_above_the_header_are_named(run: Run, tmp_path: Path) -> None:
    text = '"Data Source","Indicators",\n\n"Last Updated Date","2026-01-15",\n\n"uf","qtd","meta"\nMG,39,s\nRJ,3,n\n'
    assert add(run, tmp_path, text).err == (
        f"{tmp_path}/t.csv: column 3 has no name. The first line must name every column. If its columns are named in "
        "line 5 (uf, qtd, meta), leave out the 4 lines above it: --skip-rows 4."
    )
    assert types(run, tmp_path, text, "--skip-rows", "4") == ["string", "integer", "string"]


def test_a_title_above_the_header_is_named(run: Run, tmp_path: Path) -> None:
    outcome = add(run, tmp_path, "Relatório de vendas\n\nuf;qtd;meta\nMG;39;s\nRJ;3;n\n")
    assert outcome.err.endswith("line 3 (uf, qtd, meta), leave out the 2 lines above it: --skip-rows 2.")


def test_two_header_rows_are_named(run: Run, tmp_path: Path) -> None:
    outcome = add(run, tmp_path, "2025,,2026,\nkg,eur,kg2,eur2\n1,2,3,4\n5,6,7,8\n")
    assert outcome.err.endswith("line 2 (kg, eur, kg2, eur2), leave out the line above it: --skip-rows 1.")


def test_lines_below_the_last_row_are_named(run: Run, tmp_path: Path) -> None:
    text = "uf,qtd,meta\nMG,39,s\nRJ,3,n\nMG,79,s\nTotal,9999,\nFonte: Ministério da Saúde\n"
    assert add(run, tmp_path, text).err == (
        f"{tmp_path}/t.csv can't be read: CSV parse error: Row #5: Expected 3 columns, got 1: Fonte: Ministério da "
        "Saúde. If the last 2 lines are no rows of the table, leave them out: --skip-footer 2."
    )
    assert types(run, tmp_path, text, "--skip-footer", "2") == ["string", "integer", "string"]


def test_a_last_line_without_an_end_is_said(run: Run, tmp_path: Path) -> None:
    assert (
        "  Its last line has no end: if the file was cut, the last cell may be cut too."
        in add(run, tmp_path, "a,b\n1,2\n3,45").lines
    )


REFUSED = {
    "a delimiter of two": (["--delimiter", "ab"], "--delimiter must be one sign, as ; or tab, not 'ab'."),
    "no encoding": (["--encoding", "latin-99"], "--encoding: 'latin-99' is no encoding of text."),
    "no mark": (["--decimal", "x"], "--decimal x: write '.' or ',', or COLUMN='.' for one."),
    "no date": (
        ["--date-format", "dd/mm"],
        "--date-format dd/mm: write %d, %m (or %b, the name of a month) and %Y (or %y, of two digits)",
    ),
    "less than no lines": (["--skip-rows", "-1"], "--skip-rows must be 0 or more, not -1."),
    "no line left": (["--skip-rows", "9"], "It is blank, or --skip-rows, --skip-footer or --comment leave out all"),
    "no such column": (["--decimal", "z=,"], "--decimal: there is no column 'z'."),
    "a mark that no column has": (["--decimal", ","], "--decimal: no column is written with ',' throughout."),
    "another column's": (["--date-format", "a=%d/%m/%Y"], "--date-format: column 'a' is not written with"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_can_not_be_is_refused(run: Run, tmp_path: Path, case: str) -> None:
    options, message = REFUSED[case]
    outcome = add(run, tmp_path, "a,b\n1,2\n", *options)
    assert outcome.code == 1
    assert message in outcome.err


def test_a_dialect_is_not_asked_of_columns_with_types(run: Run, tmp_path: Path) -> None:
    pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "t.parquet")
    outcome = run("add_dataset", "t", tmp_path / "t.parquet", "--delimiter", ";")
    assert outcome.err.startswith("--delimiter is for files of text, and the columns of ")


def test_the_same_bytes_are_one_version_and_read_otherwise_another(run: Run, tmp_path: Path) -> None:
    text = "a;b\n1.234;x\n5;y\n"
    assert [add(run, tmp_path, text, "--json").json["created"] for _ in range(2)] == [True, False]
    assert add(run, tmp_path, text, "--thousands", ".", "--json").json["reference"] == "t:2"
    assert DatasetVersion.objects.get(number=2).schema[0]["type"] == "integer"


def test_many_files_are_written_alike_by_the_rows_of_all(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    (folder / "1.csv").write_text("d;x\n01/02/2026;1.234\n")
    (folder / "2.csv").write_text("d;x\n31/01/2026;0,5\n")
    added = run("add_dataset", "many", folder, "--json").json
    assert [column["type"] for column in added["schema"]] == ["date", "number"]
    assert added["notes"] == [
        "Read as ;-separated, decimal comma (x), thousands point (x), dates as day/month/year (d)."
    ]


OTHERWISE = {
    "x,y\n1,2\n": "is separated by comma, and",
    "x;y\n1.5;2\n": "column 'x' is written otherwise (decimal point) than in the files before it",
    "x;y\n2,5;é\n": "is utf-8, and",
}


@pytest.mark.parametrize("second", OTHERWISE)
def test_many_files_that_are_written_otherwise_are_refused(run: Run, tmp_path: Path, second: str) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    (folder / "1.csv").write_bytes("x;y\n1,5;é\n".encode("cp1252" if "é" in second else "utf-8"))
    (folder / "2.csv").write_text(second)
    assert OTHERWISE[second] in run("add_dataset", "many", folder).err


def test_a_column_that_is_missing_in_the_first_rows_is_read_by_the_others(run: Run, tmp_path: Path) -> None:
    assert types(run, tmp_path, "a;b\n;1\nNA;2\n1.234,5;3\n") == ["number", "integer"]


PAID = "".join(f"Belém;1.234,{at};{at}/01/2026;\n" for at in range(10, 30))
OFFICIAL = f"Portal;;;\nEmitido em 31/01/2026;;;\n;;;\nMunicípio;Valor;Dia;\n{PAID}"


def test_a_separator_at_the_end_of_each_line_makes_no_column(run: Run, tmp_path: Path) -> None:
    text = OFFICIAL.encode("cp1252")
    advice = (
        "If its columns are named in line 4 (Município, Valor, Dia), leave out the 3 lines above it: --skip-rows 3."
    )
    assert add(run, tmp_path, text).err.endswith(advice)
    told = add(run, tmp_path, text, "--skip-rows", "3")
    assert told.lines[1] == "  Município (string), Valor (number), Dia (date)"
    assert "  Not taken over, as they have neither a name nor a value: Unnamed: 3." in told.lines
    assert DatasetVersion.objects.get().first_rows[0] == ["Belém", "1.234,10", "10/01/2026"]
    run("train_model", "m", "--dataset", "t", "--target", "Valor", "--estimator", "decision_tree")
    told = run("predict", "m:1", "-i", tmp_path / "t.csv", "-o", tmp_path / "out.csv", "--skip-rows", "3")
    assert "  Columns not used: Valor." in told.lines


@pytest.mark.parametrize("row", ["c;d;x;", "c;d; ;x"])
@pytest.mark.parametrize("before", [1, 20_000])
def test_a_last_column_without_a_name_is_refused_when_it_has_a_value(
    run: Run, tmp_path: Path, row: str, before: int
) -> None:
    position = row.split(";").index("x") + 1
    told = add(run, tmp_path, "a;b;;\n" + "1;2;;\n" * before + row + "\n")
    assert f"column {position} has no name. The first line must name every column." in told.err


def test_the_first_line_in_which_excel_keeps_the_separator_is_no_header(run: Run, tmp_path: Path) -> None:
    told = add(run, tmp_path, "sep=;\r\na;b\r\n1,5;x\r\n2,5;y\r\n")
    assert told.lines[1:] == [
        "  a (number), b (string)",
        "  Read as ;-separated, decimal comma (a), without 1 line above the header.",
    ]


def test_what_arrow_can_not_decode_is_not_shown(run: Run, tmp_path: Path) -> None:
    text = "título\n\nMunicípio;São\nBelém;1\nBelém;2\n".encode("cp1252")
    assert add(run, tmp_path, text).err == (
        f"{tmp_path}/t.csv can't be read: CSV parse error: Row #1: Expected 1 columns, got 2. If its columns are named "
        "in line 3 (Município, São), leave out the 2 lines above it: --skip-rows 2."
    )
