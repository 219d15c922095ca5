"""What README.md and the page of a version show is run as it stands, against a bucket, and gives the same answers."""

import html
import re
import subprocess
import sys
import textwrap
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.factories import write_csv
from tests.s3.machine import PROJECT, Machine
from tests.servers.ports import free_ports
from tests.servers.seaweedfs import SeaweedFS

PRINT_PAGE = PROJECT / "tests" / "s3" / "programs" / "print_page.py"
README = (PROJECT / "README.md").read_text()
# As README.md names them.
BUCKET, FOLDER = "our-bucket", "teams/blue"


def customers() -> pd.DataFrame:
    chance = np.random.default_rng(0)
    months, spent = chance.integers(1, 60, 200), chance.normal(50, 20, 200).round(2)
    left = np.where(months + spent > 70, "yes", "no")
    return pd.DataFrame({"customer_id": range(200), "months": months, "spent": spent, "left": left})


@pytest.fixture(scope="module")
def churn(seaweed: SeaweedFS, make_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """The machine that README.md tells of, after its step 3: two versions, the first in production, and new.csv."""
    client = seaweed.client()
    client.create_bucket(Bucket=BUCKET)
    client.close()
    folder = tmp_path_factory.mktemp("machine")
    variables = {**seaweed.environment(FOLDER), "AWS_BUCKET_NAME": BUCKET}
    made = Machine.make(folder, make_database("sqlite"), variables)
    (made.work / "manage.py").symlink_to(PROJECT / "manage.py")
    made.run("add_dataset", "churn", write_csv(customers(), folder))
    train = ("train_model", "churn", "--dataset", "churn", "--target", "left", "--drop", "customer_id")
    made.run(*train, "--estimator", "decision_tree", "--alias", "production", "--reason", "the first")
    made.run(*train, "--estimator", "logistic_regression")
    write_csv(customers().drop(columns="left").head(20), made.work, "new.csv")
    return made


def run(machine: Machine, *command: str) -> str:
    """What it prints, in the machine's folder and with nothing but the machine's variables."""
    path = f"{Path(sys.executable).parent}:{machine.environment['PATH']}"
    done = subprocess.run(
        command,
        cwd=machine.work,
        env={**machine.environment, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def answer_of_application(machine: Machine, program: str, path: str) -> str:
    """To the first row of new.csv, from the application under uvicorn."""
    (port,) = free_ports(1)
    (machine.work / "application.py").write_text(program)
    command = [sys.executable, "-m", "uvicorn", "application:app", "--port", str(port)]
    environment = {**machine.environment, "PYTHONPATH": f"{PROJECT}:{machine.work}"}
    process = subprocess.Popen(command, cwd=machine.work, env=environment, stderr=subprocess.DEVNULL)
    row = pd.read_csv(machine.work / "new.csv").head(1).to_json(orient="records", lines=True).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data=row, headers=headers)
    deadline = time.monotonic() + 60
    try:
        while time.monotonic() < deadline and process.poll() is None:
            try:
                return str(urllib.request.urlopen(request, timeout=30).read().decode())
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.2)
        raise RuntimeError("It did not answer.")
    finally:
        process.terminate()
        process.wait(timeout=30)


def readme(language: str, containing: str) -> str:
    """The one snippet of README.md that holds these words."""
    fences = re.findall(r"^ *```(\w*)\n(.*?)^ *```$", README, re.DOTALL | re.MULTILINE)
    (snippet,) = [text for name, text in fences if name == language and containing in text]
    return textwrap.dedent(snippet)


def predicted(machine: Machine, reference: str) -> list[str]:
    machine.run("predict", reference, "-i", "new.csv", "-o", "expected.csv")
    return [str(value) for value in pd.read_csv(machine.work / "expected.csv")["prediction"]]


def words(printed: str) -> list[str]:
    """Of a printed array."""
    return re.findall(r"\w+", printed)


def test_what_readme_says_of_manage_py_promotes_predicts_and_goes_back(churn: Machine) -> None:
    run(churn, "bash", "-e", "-c", readme("", "manage.py promote churn:2"))
    scored = pd.read_csv(churn.work / "scored.csv")
    assert next(iter(scored)) == "customer_id"
    assert [str(value) for value in scored["prediction"]] == predicted(churn, "churn:2")
    assert churn.json("versions", "churn")["versions"][1]["aliases"] == ["production"]


@pytest.mark.parametrize("containing", ["from catalog import load_model\n\n", "import boto3"])
def test_what_readme_says_in_python_predicts_what_the_command_predicts(churn: Machine, containing: str) -> None:
    printed = run(churn, "python", "-c", readme("python", containing))
    assert words(printed) == predicted(churn, "churn")


def test_the_application_of_readme_answers(churn: Machine) -> None:
    answer = answer_of_application(churn, readme("python", "churn = Follower"), "/score")
    assert answer == f'{{"version":"churn:1","churned":"{predicted(churn, "churn")[0]}"}}'


@pytest.fixture(scope="module")
def shown(churn: Machine) -> list[str]:
    """The programs on the page of `churn:2`, as they would be copied."""
    page = churn.run("/models/churn/2/", program=PRINT_PAGE).stdout
    return [html.unescape(text) for text in re.findall(r'<pre[^>]*class="command"[^>]*>(.*?)</pre>', page, re.DOTALL)]


def test_the_commands_of_the_page_run(churn: Machine, shown: list[str]) -> None:
    commands = [text for text in shown if text.startswith("python manage.py")]
    assert [text.split()[2] for text in commands] == ["predict", "model_requirements", "train_model"]
    for command in commands:
        run(churn, "bash", "-e", "-c", command)
    assert [str(value) for value in pd.read_csv(churn.work / "scored.csv")["prediction"]] == predicted(churn, "churn:2")
    assert "scikit-learn==" in (churn.work / "requirements.txt").read_text()


@pytest.mark.parametrize("first", ["import pandas as pd\nfrom catalog import", "import hashlib\n"])
def test_the_programs_of_the_page_predict_what_the_command_predicts(
    churn: Machine, shown: list[str], first: str
) -> None:
    (program,) = [text for text in shown if text.startswith(first)]
    assert words(run(churn, "python", "-c", program)) == predicted(churn, "churn:2")


def test_the_application_of_the_page_answers(churn: Machine, shown: list[str]) -> None:
    (program,) = [text for text in shown if "FastAPI" in text]
    answer = answer_of_application(churn, program, "/predict")
    assert answer == f'{{"version":"churn:2","prediction":"{predicted(churn, "churn:2")[0]}"}}'
