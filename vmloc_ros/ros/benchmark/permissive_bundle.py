"""`permissive_bundle`: a bundle whose limits let every image pass."""

from pathlib import Path

from vmloc_ros.bundle import DESCRIPTION, FILES, BundleDescription, load_bundle
from vmloc_ros.config import dump_config

NO_LIMIT = 1e9
"""σ that the experts may be apart."""


def permissive_bundle(bundle: Path, folder: Path) -> BundleDescription:
    """Make `folder` a bundle of the same network, whose experts may contradict each other.

    They do on random images, and the node publishes no such pose. Weights are linked, not copied.

    Raises:
        BundleError: the bundle cannot be used.
    """
    description = load_bundle(bundle).description
    calibration = description.calibration
    agreement = {
        names: usual.model_copy(update={"limit": NO_LIMIT})
        for names, usual in calibration.agreement.items()
    }
    calibration = calibration.model_copy(update={"agreement": agreement})
    description = description.model_copy(update={"calibration": calibration})
    folder.mkdir()
    for name in FILES:
        (folder / name).symlink_to((bundle / name).resolve())
    (folder / DESCRIPTION).write_text(dump_config(description), encoding="utf-8")
    return description
