"""The model bundle: whole, undamaged, and of which sensors."""

from dataclasses import dataclass
from pathlib import Path

from vmloc_ros.errors import VmlocError
from vmloc_ros.ros.checkup.finding import Finding, error, ok, warn


@dataclass(frozen=True, slots=True)
class ModelBundle:
    """What a bundle says of itself."""

    digest: str
    modalities: tuple[str, ...]
    sensors: tuple[str, ...]
    """What the modalities are made from."""
    camera_frame: str
    width: int
    height: int
    trained_on: str


def observe_bundle(path: Path) -> ModelBundle:
    """Load a bundle as the node does, digests and weights included.

    Raises:
        VmlocError: it cannot be used.
    """
    from vmloc_ros.bundle import load_bundle

    bundle = load_bundle(path.expanduser())
    description = bundle.description
    return ModelBundle(
        digest=bundle.digest,
        modalities=description.model.modalities,
        sensors=description.sensors,
        camera_frame=description.camera_frame,
        width=description.preprocessing.width,
        height=description.preprocessing.height,
        trained_on=description.trained_on,
    )


def examine_bundle(path: Path | None) -> tuple[Finding, ModelBundle | None]:
    """Load the bundle, where one is named; return what was found and what it says of itself."""
    if path is None:
        return _unnamed(), None
    try:
        bundle = observe_bundle(path)
    except VmlocError as err:
        return _unusable(path, err), None
    return judge_bundle(bundle), bundle


def judge_bundle(bundle: ModelBundle) -> Finding:
    """Introduce a bundle that loads."""
    return ok(
        "bundle",
        f"{' + '.join(bundle.modalities)} at {bundle.width}×{bundle.height}, trained on "
        f"{bundle.trained_on}, frame {bundle.camera_frame}, SHA-256 {bundle.digest[:12]}…",
    )


def _unnamed() -> Finding:
    return warn(
        "bundle",
        "not named, so not checked; colour and depth are taken for its sensors",
        "--bundle PATH, or --params-file FILE with the parameter bundle",
    )


def _unusable(path: Path, err: VmlocError) -> Finding:
    mend = (
        f"copy the whole folder again from where it was trained: rsync -a …/bundle/ {path}/"
        if path.expanduser().is_dir()
        else "name the folder that training wrote: --bundle OUTPUT/bundle"
    )
    return error("bundle", str(err), mend)
