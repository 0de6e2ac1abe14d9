"""The parts of the latency benchmark (`vmloc_ros.ros.latency_benchmark`)."""
