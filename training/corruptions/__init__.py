"""What can go wrong with a frame: functions from `Frame` to `Frame`.

A corruption remembers nothing and leaves its input as it is. What is random about it follows from
the seed and the stamp of the frame, so that the same frame is always damaged in the same way.
Lengths in pixels are those of an image 640 pixels wide; other images get them in proportion.
"""
