"""The command `vmloc`. The only place that turns an error into a line and an exit status."""

import logging
import os
import signal
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from training.benchmark.commands import app as benchmark
from training.cli_options import (
    PASS_ON,
    BundlePath,
    Device,
    LidarPose,
    MotionName,
    Output,
    RecordingPath,
    SplitName,
    TruthName,
)
from training.recordings.topics import Topics
from training.terminal import bar, fail, run_ros_tool, say, status
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


app.add_typer(benchmark, name="benchmark")


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

    with status(f"rendering {scene}"):
        synthesize_world(scene, world, seed=seed, size=size, light=light, season=season)
    say(f"{scene}: rendered")


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
    with status(f"writing {bag}"):
        frames = write_bag(source, bag, choose_split(split, source), lidar)
    say(f"{bag}: {frames} frames")


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
    with status(f"reading {bag}"):
        summary = unpack(
            bag, scene, sequence_s=sequence_s, test_every=test_every, topics=topics, lidar=lidar
        )
    say(f"{scene}: {summary}")


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
        fail(f"interrupted{on}", status=130)
    say(f"bundle: {bundle}")


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

    with bar("localising") as progress:
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
    say(f"report: {output / 'report.html'}")
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
    with bar("localising") as progress:
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
    say(f"report: {output / 'report.html'}")


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

    with bar("checking") as progress:
        verification = check(path, progress)
    Console().print(verification_table(verification))
    for finding in verification.findings:
        say(finding_line(finding))
    say(verdict(verification))
    if verification.errors:
        raise typer.Exit(1)


@app.command(context_settings=PASS_ON)
def play(context: typer.Context) -> None:
    """Play a bag over ROS 2 with /clock; `--lossless` waits for each pose.

    [dim]vmloc play redkitchen-test --lossless[/dim]
    """
    run_ros_tool("player", context.args)


@app.command(context_settings=PASS_ON)
def doctor(context: typer.Context) -> None:
    """Find out why there are no poses: packages, bundle, parameters, topics, stamps, tf.

    [dim]vmloc doctor --bundle runs/kitchen/bundle --image /camera/color/image_raw[/dim]
    """
    run_ros_tool("doctor", context.args)


@app.command(context_settings=PASS_ON)
def watch(context: typer.Context) -> None:
    """Show a running node, or a recording and what a bundle makes of it, with rerun.

    [dim]vmloc watch --namespace /robot1[/dim]
    [dim]vmloc watch redkitchen --bundle runs/kitchen/bundle --web[/dim]
    """
    from training.watch_options import is_recording, parse_options

    if not is_recording(context.args):
        run_ros_tool("watch", context.args)
    options = parse_options(context.args)
    from training.watch import RecordingView, wait_for_interrupt

    with closing(RecordingView(options)) as view:
        say(view.where)
        with bar("localising") as progress:
            watched = view.show(progress)
        say(str(watched))
        if options.view.outlet.web:
            wait_for_interrupt()


def _lidar_options(
    motion: str, lidar_pose: str | None, sweeps: int = 1, may_use_truth: bool = False
) -> "LidarOptions":
    from training.recordings.lidar_options import LidarOptions, read_extrinsic

    T_camera_lidar = None if lidar_pose is None else read_extrinsic(lidar_pose)
    return LidarOptions(sweeps, motion, may_use_truth, T_camera_lidar)


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
