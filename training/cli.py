"""The command `vmloc`. The only place that turns an error into a line and an exit status."""

import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from training.recordings.topics import Topics
from vmloc_ros.errors import VmlocError

if TYPE_CHECKING:
    from training.recordings.lidar_options import LidarOptions

TOPICS = Topics()

# Heavy imports (torch, lightning, matplotlib) wait inside the commands: help answers at once.

app = typer.Typer(
    name="vmloc",
    help="Learned localisation for ROS 2: fit VMLoc on a recording, evaluate it, replay it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

RecordingPath = Annotated[
    Path, typer.Argument(help="A scene folder (7-Scenes layout) or a rosbag2.", metavar="RECORDING")
]
BundlePath = Annotated[Path, typer.Argument(help="Folder of a model bundle.", metavar="BUNDLE")]
Output = Annotated[Path, typer.Option(help="New folder for the results.")]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:N.")]
SplitName = Annotated[
    str | None,
    typer.Option(help="train, test or all; by default test where the recording has one."),
]

TruthName = Annotated[
    str | None,
    typer.Option(
        metavar="TOPIC|FILE.tum",
        help="Poses of the camera, if not those of the recording: a topic of the bag "
        "(PoseStamped, PoseWithCovarianceStamped, Odometry, TransformStamped, or tf as "
        "/tf or /tf:MAP_FRAME), or a TUM file.",
    ),
]
MotionName = Annotated[
    str,
    typer.Option(
        metavar="TOPIC|truth|none",
        help="What tells of the lidar's motion in a bag: a topic of Odometry or Imu, /tf or "
        "/tf:FRAME, or the ground truth; auto: the only odometry, else the only gyroscope.",
    ),
]
LidarPose = Annotated[
    str | None,
    typer.Option(
        metavar="'X Y Z QX QY QZ QW'",
        help="The lidar in the camera's optical frame, if not where /tf_static says.",
    ),
]


@app.command()
def demo(
    output: Output,
    recording: Annotated[
        Path | None,
        typer.Argument(help="Scene folder or bag; without it, a synthetic room is rendered."),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(help="Settings of the training; by default a quick one."),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Seed of the room and of the training.")
    ] = None,
) -> None:
    """Fit a model, start the node, replay a bag to it over ROS 2, evaluate its poses.

    [dim]vmloc demo --output runs/demo[/dim]
    """
    from rich.console import Console

    from training.demo import run_demo

    run_demo(output, recording, config=config, seed=seed, console=Console())


@app.command()
def synthesize(
    scene: Annotated[Path, typer.Argument(help="New scene folder.")],
    world: Annotated[str, typer.Option(help="room or block.")] = "room",
    seed: Annotated[int, typer.Option(help="Seed of the world and the paths.")] = 0,
    size: Annotated[
        str | None, typer.Option(help="Of the block: small, medium or full.", show_default="full")
    ] = None,
    light: Annotated[
        str | None, typer.Option(help="On the block: day, dusk or night.", show_default="day")
    ] = None,
    season: Annotated[
        str | None, typer.Option(help="Of the block: summer or winter.", show_default="summer")
    ] = None,
) -> None:
    """Render a furnished room or a city block, seen by a camera and a spinning lidar.

    [dim]vmloc synthesize room[/dim]
    [dim]vmloc synthesize block-night --world block --light night[/dim]
    """
    from training.recordings.synthetic_world import synthesize_world

    with _status(f"rendering {scene}"):
        synthesize_world(scene, world, seed=seed, size=size, light=light, season=season)
    _say(f"{scene}: rendered")


@app.command("to-bag")
def to_bag(
    scene: Annotated[Path, typer.Argument(help="Scene folder.")],
    bag: Annotated[Path, typer.Argument(help="New bag folder (rosbag2, mcap).")],
    split: Annotated[str, typer.Option(help="train, test or all.")] = "all",
    lidar: Annotated[bool, typer.Option(help="Write the clouds too.")] = True,
) -> None:
    """Write a scene as a rosbag2.

    Clouds that are made of several sweeps are refused: node and evaluation do that with a bag.

    [dim]vmloc to-bag redkitchen redkitchen-test --split test[/dim]
    """
    from training.recordings.bag_writer import write_bag
    from training.recordings.formats import open_recording
    from training.recordings.recording import choose_split

    source = open_recording(scene)
    with _status(f"writing {bag}"):
        frames = write_bag(source, bag, choose_split(split, source), lidar)
    _say(f"{bag}: {frames} frames")


@app.command()
def extract(
    bag: Annotated[Path, typer.Argument(help="A rosbag2 with ground truth.")],
    scene: Annotated[Path, typer.Argument(help="New scene folder.")],
    sequence_s: Annotated[
        float, typer.Option(min=0.1, help="Length of a sequence, seconds.")
    ] = 10.0,
    test_every: Annotated[int, typer.Option(min=2, help="Every n-th sequence is for testing.")] = 5,
    image: Annotated[str, typer.Option(help="Topic of the colour image.")] = TOPICS.image,
    camera_info: Annotated[str, typer.Option(help="Its intrinsics.")] = TOPICS.camera_info,
    depth: Annotated[str, typer.Option(help="Topic of the depth image.")] = TOPICS.depth,
    points: Annotated[str, typer.Option(help="Topic of the lidar.")] = TOPICS.points,
    ground_truth: Annotated[
        str,
        typer.Option(
            metavar="TOPIC|FILE.tum", help="Poses of the camera in the map, as for evaluate."
        ),
    ] = TOPICS.ground_truth,
    sweeps: Annotated[
        int, typer.Option(min=1, max=100, help="Sweeps of the lidar in each frame.")
    ] = 1,
    motion: MotionName = "auto",
    lidar_pose: LidarPose = None,
) -> None:
    """Turn a bag into a scene folder that training reads.

    An empty topic leaves a sensor out; frames are those moments that all sensors saw.

    [dim]vmloc extract drive.mcap drive --image /zed/left/image_raw --points ''[/dim]
    [dim]vmloc extract drive.mcap drive --sweeps 10 --motion /odom[/dim]
    """
    from training.recordings.extraction import extract as unpack

    topics = Topics(
        image=image,
        camera_info=camera_info,
        depth=depth,
        points=points,
        ground_truth=ground_truth,
    )
    lidar = _lidar_options(motion, lidar_pose, sweeps, may_use_truth=True)
    with _status(f"reading {bag}"):
        summary = unpack(
            bag, scene, sequence_s=sequence_s, test_every=test_every, topics=topics, lidar=lidar
        )
    _say(f"{scene}: {summary}")


@app.command()
def train(
    config: Annotated[Path, typer.Argument(help="YAML file, e.g. config/train_cpu.yaml.")],
    recording: RecordingPath,
    output: Output,
    base: Annotated[
        Path | None,
        typer.Option(help="YAML file of what CONFIG does not say, in place of the defaults."),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with a stopped training.")
    ] = False,
    seed: Annotated[int | None, typer.Option(min=0, help="Overrides the seed of CONFIG.")] = None,
    ground_truth: TruthName = None,
    motion: MotionName = "auto",
    lidar_pose: LidarPose = None,
) -> None:
    """Fit a model to the training split and write OUTPUT/bundle.

    [dim]vmloc train config/train_cpu.yaml redkitchen --output runs/kitchen[/dim]
    [dim]vmloc train config/variants/atloc.yaml redkitchen --base config/train_cpu.yaml
    --output runs/atloc[/dim]
    """
    from training.recordings.formats import open_recording
    from vmloc_ros.config import TrainConfig, load_config

    settings = load_config(config, TrainConfig, base)
    if seed is not None:
        settings = settings.model_copy(update={"seed": seed})
    lidar = _lidar_options(motion, lidar_pose)
    open_recording(recording, None, ground_truth)
    from training.train import train as fit

    interactive = sys.stderr.isatty()
    try:
        bundle = fit(
            settings,
            recording,
            output,
            resume=resume,
            progress_bar=interactive,
            ground_truth=ground_truth,
            lidar=lidar,
        )
    except KeyboardInterrupt:
        on = f"; go on with: vmloc train … --output {output} --resume" if output.exists() else ""
        _fail(f"interrupted{on}", status=130)
    _say(f"bundle: {bundle}")


@app.command()
def evaluate(
    bundle: BundlePath,
    recording: RecordingPath,
    output: Output,
    split: SplitName = None,
    device: Device = "auto",
    ground_truth: TruthName = None,
    criteria: Annotated[
        Path | None,
        typer.Option(
            help="YAML file of what is to be reached, e.g. config/criteria.yaml; exit status 1 "
            "where it is not."
        ),
    ] = None,
    motion: MotionName = "auto",
    lidar_pose: LidarPose = None,
) -> None:
    """Localise every frame of a recording and report the errors.

    What the node would not publish counts as no pose. The same recording gives the same
    metrics.json and trajectories; times are in timing.json.

    [dim]vmloc evaluate runs/kitchen/bundle redkitchen --output runs/kitchen/test[/dim]
    [dim]vmloc evaluate bundle drive.mcap --output drive --ground-truth /mocap/camera[/dim]
    [dim]vmloc evaluate bundle drive.mcap --output drive --ground-truth slam.tum
    --criteria config/criteria.yaml[/dim]
    """
    from rich.console import Console

    from training.evaluate import evaluate as assess
    from training.summary import summary_table, verdict_table

    with _bar("localising") as progress:
        evaluation = assess(
            bundle,
            recording,
            output,
            split,
            device,
            progress,
            ground_truth=ground_truth,
            criteria=criteria,
            lidar=_lidar_options(motion, lidar_pose),
        )
    console = Console()
    console.print(summary_table(evaluation))
    if evaluation.verdicts:
        console.print(verdict_table(evaluation))
    _say(f"report: {output / 'report.html'}")
    if not evaluation.passed:
        raise typer.Exit(1)


@app.command()
def robustness(
    bundle: BundlePath,
    recording: RecordingPath,
    output: Output,
    split: SplitName = None,
    device: Device = "auto",
    seed: Annotated[
        int, typer.Option(min=0, help="Seed of what is random: places of masks, noise.")
    ] = 0,
    every: Annotated[int, typer.Option(min=1, help="Localise one frame in so many.")] = 1,
    foreign: Annotated[
        Path | None,
        typer.Option(help="A recording of another place, none of which should pass for this one."),
    ] = None,
    novelty_limit: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            help="As the parameter of the node, and by default what it has there; 0: no sensor "
            "is dropped as unfamiliar, as in the paper.",
        ),
    ] = None,
) -> None:
    """Localise frames with masked, missing, dark, noisy, late … sensors.

    The paper's study and more, frame by frame as the robot would. The same recording and seed give
    the same robustness.json.

    [dim]vmloc robustness runs/kitchen/bundle redkitchen --output runs/kitchen/robustness[/dim]
    [dim]vmloc robustness bundle redkitchen --output robustness --every 4 --foreign room[/dim]
    """
    from rich.console import Console

    from training.robustness.assess import assess
    from training.robustness.summary import condition_table, validity_table
    from vmloc_ros.validity import ValidityLimits

    limits = None if novelty_limit is None else ValidityLimits(novelty=novelty_limit)
    with _bar("localising") as progress:
        study = assess(
            bundle,
            recording,
            output,
            split,
            device,
            progress,
            seed=seed,
            every=every,
            foreign=foreign,
            limits=limits,
        )
    console = Console()
    console.print(condition_table(study))
    console.print(validity_table(study))
    _say(f"report: {output / 'report.html'}")


@app.command()
def verify(
    path: Annotated[
        Path, typer.Argument(help="A traversal of Oxford RobotCar, or a folder of them.")
    ],
) -> None:
    """Check a download of Oxford RobotCar: files, stamps, poses, calibration.

    Each problem is named with its file and line; exit status 1 where one of them is an error.

    [dim]vmloc verify robotcar/loop[/dim]
    """
    from rich.console import Console

    from training.recordings.robotcar.verification import verify as check
    from training.recordings.robotcar.verification_table import (
        finding_line,
        verdict,
        verification_table,
    )

    with _bar("checking") as progress:
        verification = check(path, progress)
    Console().print(verification_table(verification))
    for finding in verification.findings:
        _say(finding_line(finding))
    _say(verdict(verification))
    if verification.errors:
        raise typer.Exit(1)


# Its options, --help too, belong to the program it starts.
PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}


@app.command(context_settings=PASS_ON)
def play(context: typer.Context) -> None:
    """Play a bag over ROS 2 with /clock; `--lossless` waits for each pose.

    [dim]vmloc play redkitchen-test --lossless[/dim]
    """
    _run_ros_tool("player", context.args)


@app.command(context_settings=PASS_ON)
def doctor(context: typer.Context) -> None:
    """Find out why there are no poses: packages, bundle, parameters, topics, stamps, tf.

    [dim]vmloc doctor --bundle runs/kitchen/bundle --image /camera/color/image_raw[/dim]
    """
    _run_ros_tool("doctor", context.args)


benchmark = typer.Typer(help="Measure how fast it is here.", no_args_is_help=True)
app.add_typer(benchmark, name="benchmark")


@benchmark.command(context_settings=PASS_ON)
def latency(context: typer.Context) -> None:
    """Measure from the publication of a pair of images to the pose, by stage.

    [dim]vmloc benchmark latency runs/kitchen/bundle[/dim]
    """
    _run_ros_tool("latency_benchmark", context.args)


@benchmark.command()
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
    with _status("projecting"):
        figures = measure_projections(clouds, chosen, rounds)
    _say(f"{points} points, {rounds} rounds")
    _say(table(figures))


@benchmark.command()
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

    _say(systems_table(run_systems(tasks, recording, output, trainings)))


Figures = Annotated[
    Path | None, typer.Option("--output", metavar="FILE", help="JSON file for the figures.")
]


@benchmark.command("training")
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
    with _status("training"):
        figures = measure_training(settings, recording, steps, rounds)
    Console().print(training_table(figures))
    if output is not None:
        replace_json(output, training_values(figures))


@benchmark.command("inference")
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
    with _bar("localising") as progress:
        figures = measure_inference(bundle, recording, frames, split, device, progress)
    Console().print(inference_table(figures))
    if output is not None:
        replace_json(output, inference_values(figures))


@app.command(context_settings=PASS_ON)
def watch(context: typer.Context) -> None:
    """Show a running node, or a recording and what a bundle makes of it, with rerun.

    [dim]vmloc watch --namespace /robot1[/dim]
    [dim]vmloc watch redkitchen --bundle runs/kitchen/bundle --web[/dim]
    """
    from training.watch_options import is_recording, parse_options

    if not is_recording(context.args):
        _run_ros_tool("watch", context.args)
    options = parse_options(context.args)
    from training.watch import RecordingView, wait_for_interrupt

    with closing(RecordingView(options)) as view:
        _say(view.where)
        with _bar("localising") as progress:
            watched = view.show(progress)
        _say(str(watched))
        if options.view.outlet.web:
            wait_for_interrupt()


def _run_ros_tool(module: str, arguments: list[str]) -> None:
    """Become a program of `vmloc_ros.ros`, signals and exit status included."""
    os.execv(sys.executable, [sys.executable, "-m", f"vmloc_ros.ros.{module}", *arguments])


def _lidar_options(
    motion: str, lidar_pose: str | None, sweeps: int = 1, may_use_truth: bool = False
) -> "LidarOptions":
    from training.recordings.lidar_options import LidarOptions, read_extrinsic

    T_camera_lidar = None if lidar_pose is None else read_extrinsic(lidar_pose)
    return LidarOptions(sweeps, motion, may_use_truth, T_camera_lidar)


@contextmanager
def _bar(text: str) -> Iterator[Callable[[int, int], None]]:
    """Show a progress bar on standard error; yields the function to call with done and total."""
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress

    with Progress(
        *Progress.get_default_columns(),
        MofNCompleteColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    ) as bar:
        task = bar.add_task(text, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def _status(text: str) -> Iterator[None]:
    from rich.console import Console

    with Console(stderr=True).status(text):
        yield


def _say(text: str) -> None:
    typer.echo(text)


def _fail(text: str, status: int = 2) -> None:
    typer.echo(f"error: {text}", err=True)
    sys.stdout.flush()
    raise typer.Exit(status)


def main() -> None:
    """Run the command line."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # clean up as for Ctrl-C
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        app()
    except VmlocError as err:
        typer.echo(f"error: {err}", err=True)
        sys.exit(2)
    except KeyboardInterrupt:
        typer.echo("interrupted", err=True)
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)


if __name__ == "__main__":
    main()
