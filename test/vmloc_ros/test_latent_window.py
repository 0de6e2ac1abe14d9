import torch

from vmloc_ros.latent_window import LONGEST_GAP_NS, LatentWindow

FRAME_NS = 100_000_000
START_NS = 5_000_000_000


def latent(number: float) -> torch.Tensor:
    return torch.full((2, 4), number)


def told(window: LatentWindow, stamps_ns: list[int]) -> list[float]:
    """Extend a window with latents 0, 1, …; returns what the last answer holds, oldest first."""
    for number, stamp_ns in enumerate(stamps_ns):
        held = window.extend(stamp_ns, latent(number))
        assert held.shape == (3, 2, 4)
    return held[:, 0, 0].tolist()


def test_the_last_frames_are_kept_in_order() -> None:
    stamps_ns = [START_NS + i * FRAME_NS for i in range(5)]
    assert told(LatentWindow(3), stamps_ns) == [2.0, 3.0, 4.0]


def test_a_short_past_repeats_its_oldest_frame() -> None:
    assert told(LatentWindow(3), [START_NS, START_NS + FRAME_NS]) == [0.0, 0.0, 1.0]


def test_time_that_goes_back_or_stands_still_starts_anew() -> None:
    for last_ns in (START_NS, START_NS - FRAME_NS):
        assert told(LatentWindow(3), [START_NS, last_ns]) == [1.0, 1.0, 1.0]


def test_a_gap_starts_anew() -> None:
    assert told(LatentWindow(3), [START_NS, START_NS + LONGEST_GAP_NS]) == [0.0, 0.0, 1.0]
    assert told(LatentWindow(3), [START_NS, START_NS + LONGEST_GAP_NS + 1]) == [1.0, 1.0, 1.0]
