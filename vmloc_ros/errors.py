"""Errors a user can mend. Each message is one line that says what would have worked."""


class VmlocError(Exception):
    """Base of every error that vmloc_ros raises on purpose."""


class ConfigError(VmlocError):
    """A configuration that cannot be used: unknown key, value out of bounds, unreadable file."""


class MessageError(VmlocError):
    """A sensor message that cannot be decoded. The next message may be fine."""


class RecordingError(VmlocError):
    """A recording (scene folder or bag) that cannot be read as it stands."""


class BundleError(VmlocError):
    """A model bundle that is missing, damaged or does not fit its description."""
