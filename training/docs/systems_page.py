"""docs/systems.md, from the configurations of the systems and the runs that were measured."""

from pathlib import Path

from training.benchmark.systems.system_run import SystemRun, read_runs
from training.benchmark.systems.table import systems_table
from training.docs.table import table

ROOT = Path(__file__).parents[2]
VARIANTS, RUNS = ROOT / "config" / "variants", ROOT / "docs" / "systems"

INTRODUCTION = """# Systems

VMLoc and the systems that its paper compares it with are configurations of one network, in
`config/variants/`. All of them train, evaluate, travel as bundles and run in the node alike:

```sh
vmloc train config/variants/atloc.yaml redkitchen --output runs/atloc
vmloc train config/variants/atloc.yaml redkitchen --base config/train_cpu.yaml --output runs/atloc
```

A file says what the system is. Alone it stands on the package's defaults, which are the paper's
recipe; with `--base` another file says the rest: size, optimiser, epochs.
"""

NOTES = """
- MapNet learns from clips and answers single images. VidLoc reads the last eight frames, in the
  node too: it forgets them when stamps go back or more than a second is missing.
- Only a product of experts knows what each sensor contributes: the others report no shares, and
  their covariance does not grow with the disagreement of the sensors.
- Rotations are relative to the mean training rotation and are answered as log-quaternions in every
  system; those whose papers have quaternions learn and compare quaternions.
- PoseNet+ needs depth images to learn from, and none to answer. VidLoc's densities (its MDN
  variant), MapNet+ and pose-graph optimisation are not here.
"""

MEASURED = """
## Side by side

`vmloc benchmark systems` trains and tests all of them at one budget and keeps the figures of each
run as a file in `docs/systems/`; what is there is not done again:

```sh
vmloc benchmark systems redkitchen --base config/train_cpu.yaml --output docs/systems \\
  --trainings runs/systems
```
"""

EXPLAINED = """
Medians of the errors over all test frames, every answer counted, valid or not, and no sensor left
out as unfamiliar; the median of the seeds. *Masked*: a square of 128 pixels of 640 × 480, as in the
paper. Processor time, since the machine was shared. A sensor that is missing is left out of the
product of experts; concatenated features are zeros.
"""


def systems_page() -> str:
    """Return the page."""
    rows = ((f"`{path.name}`", _comment(path)) for path in sorted(VARIANTS.glob("*.yaml")))
    parts = [INTRODUCTION, table(("file", "system"), rows), NOTES, MEASURED, _figures()]
    return "\n".join(parts)


def _comment(path: Path) -> str:
    """Return what the first lines of a configuration say."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return " ".join(line.lstrip("# ") for line in lines if line.startswith("#"))


def _figures() -> str:
    runs = read_runs(RUNS)
    if not runs:
        return "Nothing has been measured yet.\n"
    return "\n".join([_setting(runs), systems_table(runs), EXPLAINED])


def _setting(runs: list[SystemRun]) -> str:
    one, machines = runs[0], ", ".join(sorted({run.hardware for run in runs}))
    return (
        f"{one.recording}: {one.trained_on} training frames, {one.conditions['clean'].frames} test "
        f"frames, {one.epochs} epochs. {machines}.\n"
    )
