import io
import json

import pytest

from vmloc_ros.ros.checkup.finding import Finding, Level, error, exit_status, ok, warn
from vmloc_ros.ros.checkup.report import write_report

FINDINGS = [
    ok("python", "Python 3.11"),
    warn("bundle", "not named", "--bundle PATH"),
    error("rgb", "/camera/image has no publisher", "start the driver", "no_publisher"),
]


class Terminal(io.StringIO):
    def isatty(self):
        return True


def written(out, findings=FINDINGS, as_json=False):
    write_report(findings, out, as_json)
    return out.getvalue()


def test_lines_hold_what_was_found_and_the_mend_below():
    assert written(io.StringIO()).splitlines() == [
        "OK    python: Python 3.11",
        "WARN  bundle: not named",
        "      -> --bundle PATH",
        "ERROR rgb: /camera/image has no publisher",
        "      -> start the driver",
        "why, and what else to try: docs/troubleshooting.md #no_publisher",
        "1 error, 1 warning, 3 checks",
    ]


def test_json_holds_every_field():
    report = json.loads(written(io.StringIO(), as_json=True))
    assert (report["exit_status"], report["errors"], report["warnings"]) == (1, 1, 1)
    assert report["findings"][2] == {
        "level": "ERROR",
        "check": "rgb",
        "message": "/camera/image has no publisher",
        "mend": "start the driver",
        "cause": "no_publisher",
    }


@pytest.mark.parametrize("width", [80, 120])
def test_a_terminal_gets_a_table_that_fits_it(monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("TERM", "dumb")
    long = error("rgb", "word " * 60, "mend " * 40)
    lines = written(Terminal(), [*FINDINGS, long]).splitlines()
    assert max(map(len, lines)) <= width
    assert sum(line.count("word") for line in lines) == 60
    assert sum(line.count("mend") for line in lines) == 40


def test_a_report_of_good_things_alone_says_so():
    assert written(io.StringIO(), FINDINGS[:1]).endswith("all 1 checks are well\n")


def test_errors_alone_make_the_exit_status():
    assert exit_status(FINDINGS) == 1
    assert exit_status(FINDINGS[:2]) == 0


def test_what_is_not_well_has_a_mend():
    with pytest.raises(AssertionError, match="what is not well has a mend"):
        Finding(Level.WARN, "rgb", "odd")
