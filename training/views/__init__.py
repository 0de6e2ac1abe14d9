"""What a camera that moves, and a lidar fixed to it, see of what they saw before."""
