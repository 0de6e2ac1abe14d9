"""The robustness study: one bundle, one recording, many things that go wrong."""
