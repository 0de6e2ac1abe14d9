"""Say in one line why this machine or Python cannot be set up. Runs on any Python, even 2."""

import platform
import sys

OTHERWISE = "see docs/installation.md for apt or RoboStack installations of ROS 2"


def reason():
    """Return what is missing, or None."""
    if sys.version_info < (3, 10) or sys.version_info >= (3, 15):
        have = "%d.%d" % sys.version_info[:2]  # noqa: UP031 (f-strings are newer than some Pythons)
        return (
            "Python 3.10 to 3.14 is needed, %s is %s: name another with "  # noqa: UP031
            "'make PYTHON=/path/to/python3.12 ...'" % (sys.executable, have)
        )
    if platform.system() != "Linux" or platform.machine() != "x86_64":
        return "ROS 2 comes as wheels for x86-64 Linux only; " + OTHERWISE
    libc, version = platform.libc_ver()
    if libc != "glibc" or tuple(map(int, version.split("."))) < (2, 28):
        return "the wheels of ROS 2 need glibc 2.28 or newer; " + OTHERWISE
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        return "this Python cannot make virtual environments: apt install python3-venv"
    return None


if __name__ == "__main__":
    found = reason()
    if found:
        sys.exit("error: " + found)
