"""Every system of the paper on one recording, at one budget."""
