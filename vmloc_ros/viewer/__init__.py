"""The picture of a localizer at work, drawn with rerun: a live node's and a recording's alike."""
