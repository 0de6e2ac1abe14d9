"""What must not get into the repository, and what its code must not do."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LARGEST_TEXT_BYTES = 200_000
MACHINE_PATH = re.compile(r"/(?:root|home|Users)/\w")

CODE = sorted(
    path for room in ("vmloc_ros", "training", "launch") for path in ROOT.glob(f"{room}/**/*.py")
)
PICKLES = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
RUNS_TEXT = {
    *("eval", "exec", "builtins.eval", "builtins.exec"),
    *("os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput"),
    *(f"yaml.{how}_load{many}" for how in ("unsafe", "full") for many in ("", "_all")),
}
SAFE_LOADERS = {"yaml.SafeLoader", "yaml.CSafeLoader", "yaml.BaseLoader"}


@pytest.fixture(scope="module")
def files():
    """The files of the repository: tracked, and new ones that git does not ignore."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: nothing says which files belong to the repository")
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


@pytest.fixture(scope="module")
def texts(files):
    """The text files by path: those without a zero byte."""
    return {
        path.relative_to(ROOT): path.read_text(encoding="utf-8")
        for path in files
        if b"\0" not in path.read_bytes()
    }


def test_text_files_stay_small(texts):
    sizes = {path: len(text.encode()) for path, text in texts.items()}
    assert {path: size for path, size in sizes.items() if size >= LARGEST_TEXT_BYTES} == {}


def test_no_text_names_a_path_of_one_machine(texts):
    assert [path for path, text in texts.items() if MACHINE_PATH.search(text)] == []


def test_text_files_end_with_a_line_break_and_have_no_carriage_returns(texts):
    odd = [path for path, text in texts.items() if text and (text[-1] != "\n" or "\r" in text)]
    assert odd == []


@pytest.mark.parametrize("suffix", [".pt", ".pth", ".ckpt", ".safetensors", ".db3", ".mcap"])
def test_no_weights_and_no_recordings_are_kept(files, suffix):
    assert [path for path in files if path.suffix == suffix] == []


def dangers(source):
    """Say where a source text runs what a file or a user writes: code, pickles, shell commands."""
    tree = ast.parse(source)
    origins = dict(imported_names(tree))
    safe = SAFE_LOADERS | {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        and {dotted(base, origins) for base in node.bases} & SAFE_LOADERS
    }
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    found = [danger for call in calls if (danger := danger_of(call, origins, safe))]
    found += [f"imports {name}" for name in origins.values() if name.split(".")[0] in PICKLES]
    return found


def imported_names(tree):
    """Yield the names that a module binds by imports, with what they stand for."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                name = alias.name if alias.asname else alias.name.split(".")[0]
                yield alias.asname or name, name
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def dotted(expression, origins):
    """Return the full name of `yaml.load` or of the `load` that was imported from yaml."""
    first, dot, rest = ast.unparse(expression).partition(".")
    return f"{origins.get(first, first)}{dot}{rest}"


def danger_of(call, origins, safe):
    """Return what is dangerous about a call, empty if nothing is."""
    name = dotted(call.func, origins)
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    if name in RUNS_TEXT:
        return f"calls {name}"
    if "shell" in given and not is_literally(given["shell"], False):
        return f"{name} may start a shell"
    if (name == "torch.load" or "ckpt_path" in given) and not is_literally(
        given.get("weights_only"), True
    ):
        return f"{name} without weights_only=True"
    if name == "numpy.load" and not is_literally(
        given.get("allow_pickle", ast.Constant(False)), False
    ):
        return "numpy.load may read a pickle"
    if name in ("yaml.load", "yaml.load_all"):
        loader = given.get("Loader", call.args[1] if len(call.args) > 1 else None)
        if loader is None or dotted(loader, origins) not in safe:
            return f"{name} without a safe loader"
    return ""


def is_literally(expression, value):
    return isinstance(expression, ast.Constant) and expression.value is value


def test_no_code_runs_what_a_file_or_a_user_writes():
    found = {path: dangers(path.read_text(encoding="utf-8")) for path in CODE}
    assert {path: reports for path, reports in found.items() if reports} == {}


@pytest.mark.parametrize(
    ("source", "danger"),
    [
        ("eval(text)", "calls eval"),
        ("def run():\n    exec(text)", "calls exec"),
        ("import os\nos.system(line)", "calls os.system"),
        ("from os import popen as start\nstart(line)", "calls os.popen"),
        ("import subprocess as s\ns.run(line, shell=True)", "subprocess.run may start a shell"),
        ("from subprocess import run\nrun(line, shell=wanted)", "subprocess.run may start a shell"),
        ("import pickle", "imports pickle"),
        ("def read():\n    from joblib import load", "imports joblib.load"),
        ("import torch\ntorch.load(path)", "torch.load without weights_only=True"),
        (
            "import torch as t\nt.load(p, weights_only=False)",
            "torch.load without weights_only=True",
        ),
        ("trainer.fit(module, ckpt_path=p)", "trainer.fit without weights_only=True"),
        ("import numpy as np\nnp.load(p, allow_pickle=True)", "numpy.load may read a pickle"),
        ("import yaml\nyaml.load(text)", "yaml.load without a safe loader"),
        ("import yaml\nyaml.load(text, yaml.Loader)", "yaml.load without a safe loader"),
        ("from yaml import load\nload(text, Loader=Mine)", "yaml.load without a safe loader"),
        ("import yaml\nyaml.full_load(text)", "calls yaml.full_load"),
    ],
)
def test_planted_danger_is_reported(source, danger):
    assert dangers(source) == [danger]


@pytest.mark.parametrize(
    "source",
    [
        "network.eval()",
        "import subprocess\nsubprocess.run([program, path], check=True)",
        "import torch\ntorch.load(path, weights_only=True)",
        "import numpy as np\nnp.load(path)\nnp.load(path, allow_pickle=False)",
        "import yaml\nclass Strict(yaml.SafeLoader): ...\nyaml.load(text, Strict)",
        "import yaml\nyaml.load(text, Loader=yaml.SafeLoader)\nyaml.safe_load(text)",
    ],
)
def test_what_is_safe_is_not_reported(source):
    assert dangers(source) == []
