"""Recordings: scene folders in the 7-Scenes layout, bags, and the synthetic room."""
