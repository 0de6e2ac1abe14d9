"""Offline side of vmloc_ros: recordings, training, evaluation. Nothing here runs on the robot."""
