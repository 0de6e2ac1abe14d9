"""The folder of a robustness study: numbers, options, figure, report; all or nothing."""

from pathlib import Path

from training.result_folder import write_folder, write_json
from training.robustness.report import figure_png, report_html
from training.robustness.study import Study


def write_study(output: Path, study: Study) -> None:
    """Write robustness.json, options.json, robustness.png and report.html to a new folder.

    Raises:
        VmlocError: `output` exists or cannot be written.
    """
    write_folder(output, lambda folder: _write_files(folder, study), "study")


def _write_files(folder: Path, study: Study) -> None:
    png = figure_png(study)
    write_json(folder / "robustness.json", study.to_json_dict())
    write_json(folder / "options.json", study.options_json_dict())
    (folder / "robustness.png").write_bytes(png)
    (folder / "report.html").write_text(report_html(study, png), encoding="utf-8")
