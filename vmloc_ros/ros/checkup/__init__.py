"""The parts of the doctor: what is observed, and what is found wrong with it."""
