"""`watch`: a node of our own that draws another until Ctrl-C."""

import logging
import threading
from contextlib import closing

import rclpy
from rclpy.exceptions import NameValidationException
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions
from rclpy.utilities import try_shutdown

from vmloc_ros.errors import ConfigError
from vmloc_ros.ros.logging import CORE, bridge, unbridge
from vmloc_ros.ros.profiles import use_large_messages_profile
from vmloc_ros.ros.spinning import spin
from vmloc_ros.ros.watch_options import WatchOptions
from vmloc_ros.ros.watcher import Watcher
from vmloc_ros.viewer.viewer import Viewer

logger = logging.getLogger(CORE)

NAME = "vmloc_watch"


def watch(options: WatchOptions) -> None:
    """Draw what comes until Ctrl-C.

    Raises:
        ConfigError: the outlet cannot be opened, or a name is none of ROS.
    """
    options.view.outlet.check()
    use_large_messages_profile()
    rclpy.init(args=[], signal_handler_options=SignalHandlerOptions.NO)
    try:
        _run(options)
    except NameValidationException as err:
        raise ConfigError(" ".join(str(err).split())) from err
    finally:
        try_shutdown()


def _run(options: WatchOptions) -> None:
    node = Node(NAME, namespace=options.namespace)
    log = bridge(Node.get_logger(node))
    try:
        with closing(Viewer(options.view, "log_time")) as viewer:
            Watcher(node, options, viewer)
            logger.info("watching %s; %s", options.node, viewer.where)
            _spin(node)
    finally:
        node.destroy_node()
        unbridge(log)


def _spin(node: Node) -> None:
    """Serve callbacks in a thread of their own: a wait for messages hides Ctrl-C."""
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    spinner = threading.Thread(target=spin, args=(executor,), name=f"{NAME}-executor")
    spinner.start()
    try:
        spinner.join()
    except KeyboardInterrupt:
        logger.info("stopped")
    finally:
        executor.shutdown()
        spinner.join()
