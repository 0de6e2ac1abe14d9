"""The commands `vmloc benchmark …`."""

from pathlib import Path
from typing import Annotated

import typer

from training.cli_options import PASS_ON, BundlePath, Device, RecordingPath, SplitName
from training.terminal import bar, run_ros_tool, say, status

app = typer.Typer(help="Measure how fast it is here.", no_args_is_help=True)


@app.command(context_settings=PASS_ON)
def latency(context: typer.Context) -> None:
    """Measure from the publication of a pair of images to the pose, by stage.

    [dim]vmloc benchmark latency runs/kitchen/bundle[/dim]
    """
    run_ros_tool("latency_benchmark", context.args)


@app.command()
def projection(
    scans: Annotated[
        Path | None,
        typer.Argument(help="Folder of KITTI's .bin scans; without it, a cloud of 128 beams."),
    ] = None,
    points: Annotated[int, typer.Option(min=1, help="Points of a cloud.")] = 131_072,
    rounds: Annotated[int, typer.Option(min=1, help="Measured calls of each projection.")] = 100,
    device: Device = "auto",
) -> None:
    """Measure how long a lidar's points take to become a picture, beside NumPy.

    [dim]vmloc benchmark projection kitti/velodyne_points --device cpu[/dim]
    """
    from training.benchmark.clouds import scan_clouds, spinning_cloud
    from training.benchmark.projection import measure_projections, table
    from vmloc_ros.localizer import select_device

    chosen = select_device(device)
    clouds = scan_clouds(scans, points) if scans else [spinning_cloud(points)]
    with status("projecting"):
        figures = measure_projections(clouds, chosen, rounds)
    say(f"{points} points, {rounds} rounds")
    say(table(figures))


@app.command()
def systems(
    recording: RecordingPath,
    output: Annotated[
        Path, typer.Option(help="Folder of the figures, a JSON file a run; runs in it are kept.")
    ],
    trainings: Annotated[Path, typer.Option(help="Folder of the trainings.")],
    variants: Annotated[Path, typer.Option(help="Folder of the systems.")] = Path(
        "config/variants"
    ),
    base: Annotated[
        Path | None,
        typer.Option(help="YAML file of what the systems do not say, the budget among it."),
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="Of VMLoc and its ablations.")] = 3,
    only: Annotated[
        list[str] | None, typer.Option(help="Name of a system; may be given several times.")
    ] = None,
) -> None:
    """Train and test every system of the paper; go on where it was stopped.

    [dim]vmloc benchmark systems redkitchen --base config/train_cpu.yaml --output docs/systems
    --trainings runs/systems[/dim]
    """
    from training.benchmark.systems.plan import plan

    tasks = plan(variants, base, seeds, only or ())
    from training.benchmark.systems.run import run_systems
    from training.benchmark.systems.table import systems_table

    say(systems_table(run_systems(tasks, recording, output, trainings)))


Figures = Annotated[
    Path | None, typer.Option("--output", metavar="FILE", help="JSON file for the figures.")
]


@app.command("training")
def benchmark_training(
    config: Annotated[Path, typer.Argument(help="YAML file, e.g. config/train_cpu.yaml.")],
    recording: RecordingPath,
    steps: Annotated[int, typer.Option(min=1, help="Steps of a round.")] = 5,
    rounds: Annotated[int, typer.Option(min=1, help="Measured rounds of each side.")] = 5,
    output: Figures = None,
) -> None:
    """Measure the steps of a training, beside the published way to load and step, in turns.

    [dim]vmloc benchmark training config/train_cpu.yaml redkitchen[/dim]
    """
    from rich.console import Console

    from vmloc_ros.config import TrainConfig, load_config

    settings = load_config(config, TrainConfig)
    from training.benchmark.training import measure_training
    from training.benchmark.training_report import training_table, training_values
    from training.json_file import check_writable, replace_json

    if output is not None:
        check_writable(output)
    with status("training"):
        figures = measure_training(settings, recording, steps, rounds)
    Console().print(training_table(figures))
    if output is not None:
        replace_json(output, training_values(figures))


@app.command("inference")
def benchmark_inference(
    bundle: BundlePath,
    recording: RecordingPath,
    frames: Annotated[int, typer.Option(min=1, help="Measured frames, in order.")] = 100,
    split: SplitName = None,
    device: Device = "auto",
    output: Figures = None,
) -> None:
    """Measure the localisation of frames by stage, beside a plain pass of the network, in turns.

    [dim]vmloc benchmark inference runs/kitchen/bundle redkitchen[/dim]
    """
    from rich.console import Console

    from training.benchmark.inference import measure_inference
    from training.benchmark.inference_report import inference_table, inference_values
    from training.json_file import check_writable, replace_json

    if output is not None:
        check_writable(output)
    with bar("localising") as progress:
        figures = measure_inference(bundle, recording, frames, split, device, progress)
    Console().print(inference_table(figures))
    if output is not None:
        replace_json(output, inference_values(figures))
