"""What the makers of GPUs promise."""

_TERAFLOPS = {
    # name: with tensor cores, dense: bfloat16, TF32
    "B200": (2250.0, 1125.0),
    "H200": (989.4, 494.7),
    "H100 PCIe": (756.0, 378.0),
    "H100": (989.4, 494.7),
    "A100": (312.0, 156.0),
    "L40S": (362.0, 183.0),
    "L4": (121.0, 60.0),
    "RTX 4090": (165.2, 82.6),
    "RTX 3090": (71.0, 35.6),
    "V100": (31.4, 15.7),
    "Orin": (42.5, 21.3),
}


def peak_flop_per_s(device_name: str, precision: str) -> float | None:
    """Return a GPU's peak in the precision of a training; None where it is not known here."""
    column = 0 if precision == "bf16-mixed" else 1
    for name, figures in _TERAFLOPS.items():
        if name in device_name:
            return 1e12 * figures[column]
    return None
