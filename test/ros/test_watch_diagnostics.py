"""The keys are those of the node's own diagnosis: a key that is renamed fails here."""

from types import SimpleNamespace

from vmloc_ros.ros.diagnosis import diagnose
from vmloc_ros.ros.snapshot import LocalizationHealth, ModelHealth, Snapshot, StageTimes
from vmloc_ros.ros.watch_diagnostics import DiagnosticsView, curves
from vmloc_ros.ros.worker import WorkerCounters

NODE = "/robot1/vmloc"
SNAPSHOT = Snapshot(
    model=ModelHealth(state="active"),
    worker=WorkerCounters(),
    stages={"inference": StageTimes(mean=12.5, median=11.0, p95=20.0, max=30.0)},
    localization=LocalizationHealth(
        expected=("rgb", "depth"),
        expert_share={"rgb": 0.75, "prior": 0.25},
        novelty={"rgb": 0.5},
    ),
)


def message(name, level, text, values=None, node=NODE):
    pairs = [SimpleNamespace(key=key, value=value) for key, value in (values or {}).items()]
    status = SimpleNamespace(
        name=name, level=bytes([level]), message=text, hardware_id=node, values=pairs
    )
    return SimpleNamespace(status=[status])


class Notebook:
    """Writes down what a viewer would draw."""

    def __init__(self):
        self.lines, self.values = [], []

    def say(self, stamp_ns, text, level):
        self.lines.append((stamp_ns, text, level))

    def plot(self, stamp_ns, series, value):
        self.values.append((stamp_ns, series, value))


def test_latencies_shares_and_novelty_of_the_nodes_diagnosis_become_curves():
    drawn = {}
    for report in diagnose(SNAPSHOT):
        drawn |= curves(message(report.name, 0, "", report.values).status[0])
    assert drawn == {
        "latency_ms/inference": 12.5,
        "expert_share/rgb": 0.75,
        "expert_share/prior": 0.25,
        "novelty/rgb": 0.5,
    }


def test_a_value_that_is_not_known_yet_is_no_point_of_a_curve():
    assert list(curves(message("", 0, "", {"share.rgb": "-"}).status[0])) == []


def test_the_log_has_a_line_for_each_change_and_no_more():
    notebook = Notebook()
    view = DiagnosticsView(notebook, NODE)
    for level, text in [(0, "10 Hz"), (0, "11 Hz"), (2, "silent"), (2, "silent"), (0, "10 Hz")]:
        view.show(message("vmloc: input", level, text), 7)
    assert notebook.lines == [
        (7, "vmloc: input: 10 Hz", "INFO"),
        (7, "vmloc: input: silent", "ERROR"),
        (7, "vmloc: input: 10 Hz", "INFO"),
    ]


def test_what_other_nodes_say_is_left_out():
    notebook = Notebook()
    DiagnosticsView(notebook, NODE).show(
        message("vmloc: input", 2, "silent", {"share.rgb": "1"}, node="/robot2/vmloc"), 7
    )
    assert notebook.lines == [] and notebook.values == []
