"""What the commands of `vmloc` show and say, and how they become other programs."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer


def run_ros_tool(module: str, arguments: list[str]) -> None:
    """Become a program of `vmloc_ros.ros`, signals and exit status included."""
    os.execv(sys.executable, [sys.executable, "-m", f"vmloc_ros.ros.{module}", *arguments])


@contextmanager
def bar(text: str) -> Iterator[Callable[[int, int], None]]:
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
def status(text: str) -> Iterator[None]:
    """Show that something is going on, on standard error."""
    from rich.console import Console

    with Console(stderr=True).status(text):
        yield


def say(text: str) -> None:
    """Print a result."""
    typer.echo(text)


def fail(text: str, status: int = 2) -> None:
    """End the command with one line of error."""
    typer.echo(f"error: {text}", err=True)
    sys.stdout.flush()
    raise typer.Exit(status)
