"""The report of a robustness study: a figure, and an HTML page that opens offline."""

from html import escape

from training.provenance import Provenance
from training.report_page import html_page, html_picture, html_table, png_of
from training.robustness.condition_result import ConditionResult
from training.robustness.study import Study
from training.robustness.summary import (
    caption,
    coverage,
    mean,
    median,
    ratio,
    title,
    validity_caption,
    validity_headings,
    validity_rows,
)

_COMMON = ("condition", "frames", "estimates", "median", "mean", "× clean", "within 1σ 2σ")


def figure_png(study: Study) -> bytes:
    """Return the figure as a PNG file."""
    from training.robustness.figure import robustness_figure

    return png_of(robustness_figure(study))


def report_html(study: Study, figure: bytes) -> str:
    """Return the page: nothing outside it is needed, and every name in it is escaped."""
    sections = [
        f"<h1>{escape(title(study))}</h1>",
        f'<p class="lead">{escape(caption(study))}</p>',
        html_picture(figure, _FIGURE_TEXT),
        "<h2>Valid estimates: what the robot is told</h2>",
        html_table((*_COMMON, "dropped sensors", "rejected"), map(_valid_row, study.results)),
        f'<p class="note">{_VALID_NOTE}</p>',
        "<h2>All estimates, also those that are rejected</h2>",
        html_table(_COMMON, map(_every_row, study.results)),
        f'<p class="note">{_EVERY_NOTE}</p>',
        "<h2>Does it know what is not the place?</h2>",
        html_table(validity_headings(study), validity_rows(study)),
        f'<p class="note">{escape(validity_caption(study))}. {_VALIDITY_NOTE}</p>',
        "<h2>Where this comes from</h2>",
        html_table((), _provenance_rows(study), "provenance"),
    ]
    return html_page(title(study), sections)


def _valid_row(result: ConditionResult) -> list[str]:
    dropped = [f"{name} {share:.0%}" for name, share in result.dropped.items() if share]
    rejected = [f"{reason} {count}" for reason, count in result.rejected.items()]
    shares = [", ".join(dropped) or "–", ", ".join(rejected) or "–"]
    return [*_cells(result, valid=True), *shares]


def _every_row(result: ConditionResult) -> list[str]:
    return _cells(result, valid=False)


def _cells(result: ConditionResult, valid: bool) -> list[str]:
    errors = result.valid if valid else result.every
    share = errors.estimates / result.frames
    return [
        result.condition.name,
        str(result.frames),
        f"{errors.estimates} ({share:.0%})",
        median(errors),
        mean(errors),
        ratio(errors),
        coverage(errors),
    ]


def _provenance_rows(study: Study) -> list[list[str]]:
    provenance, options = study.provenance, study.options
    return [
        ["bundle", provenance.bundle],
        ["SHA-256 of its weights", provenance.bundle_sha256],
        ["recording", provenance.recording],
        ["split", provenance.split],
        ["another place", options.foreign or "–"],
        ["seed", str(options.seed)],
        ["novelty limit", f"{options.novelty_limit:g}"],
        ["frames", "all" if options.every == 1 else f"one of {options.every}"],
        ["device", provenance.device],
        ["versions", _versions(provenance)],
        ["command", provenance.command],
    ]


def _versions(provenance: Provenance) -> str:
    return ", ".join(f"{name} {number}" for name, number in provenance.versions.items())


_FIGURE_TEXT = (
    "Median position and rotation error under each condition, of valid and of all estimates, "
    "beside the clean frames; share of the frames with a valid estimate."
)
_VALID_NOTE = (
    "Estimates that the node would publish. × clean: the "
    "medians of position and rotation beside those of the same frames undamaged. The shares within "
    "1σ and 2σ are pooled over the six axes; Gaussian errors would give 0.68 and 0.95. A dropped "
    "sensor looked unlike the training images, while another one did not."
)
_EVERY_NOTE = (
    "A rejected estimate has a pose, which the node does not publish. The paper's study (Table 4) "
    "knows neither rejections nor dropped sensors: what compares with it is these rows of a study "
    "with --novelty-limit 0."
)
_VALIDITY_NOTE = (
    "AUROC: probability that an intruder is less familiar than a clean frame; 1 where a limit lies "
    "between them, 0.5 where the score says nothing. A frame is as familiar as its most familiar "
    "image. Refused: without a valid estimate, whatever the reason."
)
