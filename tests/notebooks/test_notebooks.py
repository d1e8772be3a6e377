"""The notebooks run from top to bottom, and what is committed is what they show."""

import ast
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.util import run_sync

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
NAMES = (
    "01_one_contacts_year.ipynb",
    "02_how_often_to_call.ipynb",
    "03_evaluating_the_field_trial.ipynb",
    "04_what_a_log_without_a_trial_can_tell.ipynb",
    "05_how_sure_is_the_optimum.ipynb",
    "06_when_the_rule_of_thumb_fails.ipynb",
    "07_when_capacity_sets_the_interval.ipynb",
    "08_designing_a_trial.ipynb",
    "09_running_a_trial.ipynb",
    "10_reading_other_peoples_trials.ipynb",
)
FEWEST_CELLS, MOST_CELLS = 10, 18
MOST_BYTES = 1_000_000
CELL_TIMEOUT_S = 300
# /home/... after a blank, a quote or a bracket (not </td>, EUR/hour or https://...), or C:\.
ABSOLUTE_PATH = re.compile(
    r"""(?:^|(?<=[\s"'`(=\[]))/[A-Za-z_][\w.-]*/|\b[A-Za-z]:\\""",
    re.MULTILINE,
)
MEMORY_ADDRESS = re.compile(r"\bat 0x[0-9a-f]+")


def notebook(name):
    return nbformat.read(FOLDER / name, as_version=4)


def code_cells(name):
    return [cell for cell in notebook(name).cells if cell.cell_type == "code"]


def written(name):
    """All text of a notebook: its sources, and its outputs except the pictures."""
    texts = []
    for cell in notebook(name).cells:
        texts.append(cell.source)
        for output in cell.get("outputs", []):
            texts.append(output.get("text", ""))
            data = output.get("data", {})
            texts += [value for kind, value in data.items() if kind.startswith("text/")]
    return "\n".join(texts)


def test_every_notebook_is_tested():
    assert tuple(sorted(path.name for path in FOLDER.glob("*.ipynb"))) == NAMES


@pytest.fixture(scope="module")
def kernel():
    """One kernel, which imports the libraries once; the first notebook starts it."""
    empty = nbformat.v4.new_notebook()
    manager = NotebookClient(empty, kernel_name="python3").create_kernel_manager()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIMKIT_NOTEBOOK_BUDGET", "small")
        yield manager
    if manager.has_kernel:
        run_sync(manager.shutdown_kernel)(now=True)


@pytest.mark.notebook
@pytest.mark.parametrize("name", NAMES)
def test_it_runs(name, kernel):
    executed = notebook(name)
    # No name of another notebook is left, as in a kernel of its own.
    executed.cells.insert(0, nbformat.v4.new_code_cell("%reset -f"))
    client = NotebookClient(
        executed,
        km=kernel,
        timeout=CELL_TIMEOUT_S,
        resources={"metadata": {"path": str(FOLDER)}},
    )
    client.execute()  # raises with the cell and its traceback on any error
    client.kc.stop_channels()


@pytest.mark.parametrize("name", NAMES)
def test_it_defines_nothing(name):
    made = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
    found = [
        ast.unparse(node)
        for cell in code_cells(name)
        for node in ast.walk(ast.parse(cell.source))
        if isinstance(node, made)
    ]
    assert found == []


@pytest.mark.parametrize("name", NAMES)
def test_it_is_short_and_starts_with_the_answer(name):
    cells = notebook(name).cells
    assert FEWEST_CELLS <= len(cells) <= MOST_CELLS
    assert cells[0].cell_type == "markdown"
    assert all(part in cells[0].source for part in ("**The question.**", "**The answer.**"))
    assert "## Try it yourself" in cells[-1].source


@pytest.mark.parametrize("name", NAMES)
def test_its_parameters_stand_near_the_top(name):
    tagged = [
        place
        for place, cell in enumerate(notebook(name).cells)
        if "parameters" in cell.metadata.get("tags", [])
    ]
    assert tagged == [1]
    assert "SIMKIT_NOTEBOOK_BUDGET" in notebook(name).cells[1].source


@pytest.mark.parametrize("name", NAMES)
def test_it_is_committed_with_its_outputs(name):
    cells = code_cells(name)
    # In the order of one run from the top, without a cell run twice or left out.
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell.outputs]
    assert all(cell.outputs for cell in cells[1:]), "each cell after the parameters shows something"
    assert not [output for output in outputs if output.output_type == "error"]
    assert not [output for output in outputs if output.get("name") == "stderr"]
    assert sum("image/png" in output.get("data", {}) for output in outputs) >= 2


@pytest.mark.parametrize("name", NAMES)
def test_it_carries_nothing_of_the_machine_it_ran_on(name):
    text = written(name)
    assert ABSOLUTE_PATH.findall(text) == []
    assert MEMORY_ADDRESS.findall(text) == []
    about = notebook(name).metadata
    assert about["kernelspec"]["name"] == "python3"
    assert set(about) == {"kernelspec", "language_info"}
    assert (FOLDER / name).stat().st_size < MOST_BYTES


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("read " + "/" + "home/me/data.csv", True),
        ('"' + "/" + 'tmp/x.png"', True),
        ("C:" + "\\Users\\me", True),
        ("../data/trial", False),
        ("</td> EUR/hour https://example.org/a and/or", False),
    ],
)
def test_what_counts_as_an_absolute_path(text, found):
    assert bool(ABSOLUTE_PATH.search(text)) is found
