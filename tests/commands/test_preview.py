"""`add_dataset --preview`: each column as it would be read, what is doubtful, and nothing stored."""

from pathlib import Path

import pandas as pd
import pytest

from catalog.models import Dataset, UnstoredManifest
from tests.commands.conftest import Run

OFFICE = (
    "cidade;preço;dia;obs\nSão Paulo;1.234,50;31/01/2026;x\nBelém;;01/02/2026;y\n" + "Rio;7,25;02/02/2026;z\n" * 18
).encode("cp1252")


def preview(run: Run, tmp_path: Path, content: bytes, *options: str) -> list[str]:
    (tmp_path / "t.csv").write_bytes(content)
    outcome = run("add_dataset", "t", tmp_path / "t.csv", "--preview", *options)
    assert outcome.code == 0, outcome.err
    assert not Dataset.objects.exists()
    assert not UnstoredManifest.objects.exists()
    assert not (tmp_path / "objects").exists()
    return outcome.lines


def test_each_column_is_shown_as_it_would_be_read(run: Run, tmp_path: Path) -> None:
    lines = preview(run, tmp_path, OFFICE)
    assert lines[0] == "Nothing was stored. As it would be read: 20 rows, 4 columns."
    assert [line.split(maxsplit=2) for line in lines[2:6]] == [
        ["cidade", "string", "0        São Paulo, Belém, Rio, Rio, Rio"],
        ["preço", "number", "decimal comma, thousands point  1        1234.5, –, 7.25, 7.25, 7.25"],
        ["dia", "date", lines[4].split(maxsplit=2)[2]],
        ["obs", "string", "0        x, y, z, z, z"],
    ]
    assert lines[4].split("  ")[-1].startswith("2026-01-31, 2026-02-01, 2026-02-02")
    assert "\n".join(lines[6:]) == (
        "  Read as ;-separated cp1252 ('preço'), decimal comma (preço), thousands point (preço), dates as "
        "day/month/year (dia)."
    )


def test_what_would_be_asked_for_is_a_doubt(run: Run, tmp_path: Path) -> None:
    assert preview(run, tmp_path, b"d;x\n01/02/2026;1\n03/04/2026;2\n")[-1] == (
        "  d: It may be dates by day/month/year or month/day/year, as '01/02/2026', and no row tells. Say which: "
        "--date-format %d/%m/%Y or --date-format %m/%d/%Y."
    )


def test_json_has_each_column_with_its_first_values_and_doubts(run: Run, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(b"d;x\n01/02/2026;1,5\n03/04/2026;\n")
    seen = run("add_dataset", "t", tmp_path / "t.csv", "--preview", "--json").json
    assert seen["rows"] == 2
    assert seen["columns"][1] == {
        "name": "x",
        "type": "number",
        "written": "decimal comma",
        "missing": 1,
        "values": ["1.5", None],
        "doubts": [],
    }
    assert "`date_format` %d/%m/%Y" in seen["columns"][0]["doubts"][0]


def test_typed_files_and_many_files_have_a_preview_too(run: Run, tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", None]})
    frame.to_parquet(tmp_path / "t.parquet")
    assert (
        "  a       integer                0        1, 2"
        in run("add_dataset", "t", tmp_path / "t.parquet", "--preview").lines
    )
    for number in range(2):
        (tmp_path / "many").mkdir(exist_ok=True)
        frame.to_csv(tmp_path / "many" / f"{number}.csv", sep=";", index=False)
    assert run("add_dataset", "t", tmp_path / "many", "--preview", "--json").json["rows"] == 4
    assert not Dataset.objects.exists()


def test_what_can_not_be_added_has_no_preview(run: Run, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n")
    assert run("add_dataset", "t", tmp_path / "t.csv", "--preview").err == (
        f"{tmp_path}/t.csv has a header but no rows."
    )


DOUBTS = {
    "n/d": ("1,5", "numbers", "If that means a missing value, say so: --missing 'n/d'"),
    "2.5": (
        "1,5",
        "numbers with a decimal comma",
        "If it is a number too, write all in one way; if it is none: --missing '2.5'",
    ),
    "never": ("31/01/2026", "dates", "If that means a missing value, say so: --missing 'never'"),
}


@pytest.mark.parametrize("case", DOUBTS)
def test_a_column_of_numbers_or_dates_but_for_one_row_is_doubted(run: Run, tmp_path: Path, case: str) -> None:
    usual, kind, advice = DOUBTS[case]
    lines = preview(run, tmp_path, ("x;y\n" + f"{usual};a\n" * 19 + f"{case};a\n").encode())
    assert lines[-1] == (
        f"  'x' is text, but 19 of its 20 values are {kind}; the first that is not is '{case}' in row 20. {advice}; "
        "if it is text, --column-type x=string."
    )


@pytest.mark.parametrize("last", ["Total;99;x", "Soma geral;99;", "Fonte: Fazenda;;"])
def test_a_last_row_that_looks_like_none_is_said(run: Run, tmp_path: Path, last: str) -> None:
    lines = preview(run, tmp_path, f"uf;n;m\nMG;1;x\nRJ;2;y\n{last}\n".encode())
    assert lines[-1] == (
        f"  The last row begins with {last.partition(';')[0]!r}. If it is no row of the table, leave out the last "
        "lines of the text or sheet: --skip-footer 1."
    )


@pytest.mark.parametrize("last", ["SP;3;z", "SP;3;", ";3;z", "Totalmente;3;z", "7;;"])
def test_an_ordinary_last_row_is_no_doubt(run: Run, tmp_path: Path, last: str) -> None:
    assert "last row" not in preview(run, tmp_path, f"uf;n;m\nMG;1;x\nRJ;2;y\n{last}\n".encode())[-1]


def test_a_sum_below_dates_is_no_missing_value(run: Run, tmp_path: Path) -> None:
    lines = preview(run, tmp_path, ("d;n\n" + "31/01/2026;1\n" * 19 + "Total;19\n").encode())
    assert "the first that is not is 'Total' in row 20. If it is no row of the table, leave out the last" in lines[-2]
