"""Finds out why there are no poses: `python -m vmloc_ros.ros.doctor`.

First what this machine and the files say, then everything on the network in one listening time.
"""

import logging
import signal
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from vmloc_ros.config import NodeConfig
from vmloc_ros.errors import VmlocError
from vmloc_ros.ros.checkup.accelerator import judge_accelerator, observe_accelerator
from vmloc_ros.ros.checkup.cameras import judge_cameras
from vmloc_ros.ros.checkup.finding import Finding, exit_status, warn
from vmloc_ros.ros.checkup.middleware import can_start, judge_middleware, observe_middleware
from vmloc_ros.ros.checkup.model_bundle import ModelBundle, examine_bundle
from vmloc_ros.ros.checkup.observation import NodeAnswers, Observation
from vmloc_ros.ros.checkup.options import DoctorOptions, parse_options
from vmloc_ros.ros.checkup.packages import HEAVY, LIGHT, judge_packages, observe_packages
from vmloc_ros.ros.checkup.parameter_file import ParameterFile, examine_parameter_file
from vmloc_ros.ros.checkup.report import write_report
from vmloc_ros.ros.checkup.requirements import Requirements, wanted_topics
from vmloc_ros.ros.checkup.running_node import (
    judge_diagnostics,
    judge_node,
    settings_of,
)
from vmloc_ros.ros.checkup.stamps import judge_clock, judge_pairs
from vmloc_ros.ros.checkup.topics import judge_topic
from vmloc_ros.ros.checkup.transforms import judge_extrinsic, needs_transform
from vmloc_ros.ros.logging import CORE

if TYPE_CHECKING:  # rclpy may not be there; then the doctor says so
    from vmloc_ros.ros.checkup.listener import Listener

DISCOVERY_S = 1.0
"""How long the localizer has to be found."""
ANSWER_S = 2.0
"""How long the localizer has for each answer."""


class CheckUp:
    """One look at everything; the findings stand in the order in which they are made."""

    def __init__(self, options: DoctorOptions) -> None:
        self.findings: list[Finding] = []
        self._options = options
        self._broken: set[str] = set()
        """Modules that cannot be imported."""

    def run(self) -> None:
        """Check everything that can be checked here.

        Raises:
            ConfigError: ROS does not accept a name or an argument of the command line.
        """
        middleware, packages = observe_middleware(), observe_packages(LIGHT)
        can_listen = can_start(middleware) and not any(package.failure for package in packages)
        with ExitStack() as opened:
            # Before torch is imported: the nodes find each other meanwhile.
            listener = opened.enter_context(self._listener()) if can_listen else None
            packages += observe_packages(HEAVY)
            self._broken = {package.module for package in packages if package.failure}
            self.findings += [*judge_packages(packages), *judge_middleware(middleware)]
            file = self._look_at_file()
            if listener is None:
                self._look_without_network(file)
            else:
                self._look_at_network(listener, file)

    def _listener(self) -> "Listener":
        from vmloc_ros.ros.checkup.listener import Listener

        return Listener(self._options.namespace, self._options.ros_args)

    def _look_at_file(self) -> ParameterFile | None:
        path = self._options.params_file
        if path is None:
            return None
        findings, file = examine_parameter_file(path, self._options.node)
        self.findings += findings
        return file

    def _look_at_model(self, config: NodeConfig) -> ModelBundle | None:
        """Check device and bundle; both need torch."""
        if self._broken:
            names = ", ".join(sorted(self._broken))
            self.findings.append(warn("bundle", f"not checked, without {names}", "see above"))
            return None
        device = self._options.device or config.device
        self.findings.append(judge_accelerator(observe_accelerator(device)))
        named = Path(config.bundle) if config.bundle else None
        finding, bundle = examine_bundle(self._options.bundle or named)
        self.findings.append(finding)
        return bundle

    def _look_without_network(self, file: ParameterFile | None) -> None:
        self._look_at_model(file.config if file else NodeConfig())
        mend = "mend what is wrong with Python and ROS above"
        self.findings.append(warn("topics", "not checked: nothing can be heard here", mend))

    def _look_at_network(self, listener: "Listener", file: ParameterFile | None) -> None:
        from vmloc_ros.ros.checkup.interview import interview

        options, name = self._options, self._options.node
        listener.listen(DISCOVERY_S, until=lambda: listener.sees(name))
        answers = interview(listener, name, ANSWER_S)
        self.findings.append(judge_node(name, answers, listener.graph()))
        config, uses_sim_time, findings = settings_of(answers, file)
        self.findings += findings
        bundle = self._look_at_model(config)
        served = answers.served if answers else {}
        needs = Requirements(
            config=config,
            is_decided=bool(answers or file),
            uses_sim_time=uses_sim_time,
            camera_frame=bundle.camera_frame if bundle else "",
            wanted=wanted_topics(bundle, config, options.topics, served, listener.resolve),
        )
        self._judge(hear(listener, needs, options.listen_s), needs, answers)

    def _judge(self, heard: Observation, needs: Requirements, answers: NodeAnswers | None) -> None:
        config, hearings, graph = needs.config, heard.hearings, heard.graph
        for hearing in hearings:
            self.findings += judge_topic(hearing, graph, heard.listened_s)
        self.findings += judge_cameras(hearings, needs.camera_frame)
        self.findings += judge_pairs(hearings, config)
        self.findings += judge_clock(
            hearings, graph, self._options.node, needs.uses_sim_time, config.clock_skew_s
        )
        self.findings.append(
            judge_extrinsic(config, heard.camera_frame, heard.transform, needs.is_decided)
        )
        self.findings += judge_diagnostics(answers, heard.statuses)


def hear(listener: "Listener", needs: Requirements, seconds: float) -> Observation:
    """Listen to all topics at once."""
    from vmloc_ros.ros.checkup.tf_tree import observe_transform, open_tf

    tf = open_tf(listener.node) if needs_transform(needs.config) else None
    listener.open(needs.wanted)
    listener.listen(seconds)
    heard = Observation(
        listened_s=seconds,
        graph=listener.graph(),
        hearings=listener.hearings(needs.config.reliability),
        statuses=listener.statuses,
        bundle_frame=needs.camera_frame,
    )
    return heard.with_transform(observe_transform(tf, needs.config.base_frame, heard.camera_frame))


def main(args: Sequence[str] | None = None) -> int:
    """Run the doctor; return the exit status: 0 nothing wrong, 1 errors found, 2 cannot run."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    logging.getLogger(CORE).addHandler(logging.NullHandler())  # what matters is a finding
    try:
        options = parse_options(sys.argv[1:] if args is None else args)
        check_up = CheckUp(options)
        check_up.run()
    except VmlocError as err:
        sys.stderr.write(f"error: {err}\n")
        return 2
    except KeyboardInterrupt:
        return 130
    write_report(check_up.findings, sys.stdout, options.as_json)
    return exit_status(check_up.findings)


if __name__ == "__main__":
    sys.exit(main())
