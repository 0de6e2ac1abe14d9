"""Measures publication → pose: `python -m vmloc_ros.ros.latency_benchmark BUNDLE`.

The same pairs go to the node under the Fast DDS profile that we ship and under the stock
transports, in turn, so that what else the machine does meets both alike.
"""

import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

from vmloc_ros.errors import ConfigError, VmlocError
from vmloc_ros.ros.benchmark.figures import BlockFigures, LatencyFigures
from vmloc_ros.ros.benchmark.options import LatencyOptions, parse_options
from vmloc_ros.ros.benchmark.plan import BlockPlan
from vmloc_ros.ros.benchmark.report import table, to_json
from vmloc_ros.ros.benchmark.transport import Transport, transports
from vmloc_ros.ros.text_file import write_text

Blocks = dict[str, list[BlockFigures]]
"""By the name of the transport."""


def measure(options: LatencyOptions, progress: Callable[[str], None]) -> Blocks:
    """Run all blocks.

    Args:
        options: what to measure.
        progress: told what begins.

    Raises:
        VmlocError: the bundle or the bag cannot be used, or no poses come.
    """
    from vmloc_ros.ros.benchmark.permissive_bundle import permissive_bundle  # torch

    both = transports()
    blocks: Blocks = {transport.name: [] for transport in both}
    with tempfile.TemporaryDirectory() as folder:
        bundle = Path(folder) / "bundle"
        modalities = permissive_bundle(options.bundle, bundle).model.modalities
        plan = _plan(options, bundle, modalities)
        for number in range(options.rounds):
            for transport in both if number % 2 == 0 else both[::-1]:
                progress(f"round {number + 1} of {options.rounds}: {transport.name}")
                blocks[transport.name].append(_run(plan, transport))
    return blocks


def _plan(options: LatencyOptions, bundle: Path, modalities: tuple[str, ...]) -> BlockPlan:
    return BlockPlan(
        bundle=str(bundle),
        modalities=modalities,
        pairs=options.pairs_a_block,
        rate_hz=options.rate_hz,
        width=options.width,
        height=options.height,
        device=options.device,
        bag=str(options.bag.resolve()) if options.bag else "",
    )


def _run(plan: BlockPlan, transport: Transport) -> BlockFigures:
    """Run one block in a process of its own, which ends with us."""
    command = [sys.executable, "-m", "vmloc_ros.ros.benchmark.block", plan.to_json()]
    with subprocess.Popen(
        command,
        env=transport.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C ends us, and we end the block
    ) as block:
        try:
            output, errors = block.communicate()
        except KeyboardInterrupt:
            block.send_signal(signal.SIGINT)
            raise
    if block.returncode != 0:
        raise VmlocError(errors.strip().rpartition("\n")[2] or f"status {block.returncode}")
    return BlockFigures.from_json(output.splitlines()[-1])


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def main(args: Sequence[str] | None = None) -> int:
    """Measure and print; return the exit status, 2 with a line for what a user can mend."""
    for number in (signal.SIGINT, signal.SIGTERM):  # a shell starts jobs with SIGINT ignored
        signal.signal(number, signal.default_int_handler)
    try:
        options = parse_options(sys.argv[1:] if args is None else args)
        if find_spec("rclpy") is None:
            raise ConfigError("rclpy is not found: measure where ROS 2 is installed")
        blocks = measure(options, _say)
        figures = {name: LatencyFigures.of(some) for name, some in blocks.items()}
        if options.json is not None:
            write_text(options.json, to_json(options, figures, blocks) + "\n")
    except VmlocError as err:
        sys.stderr.write(f"error: {err}\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        return 130
    sys.stdout.write(table(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
