"""Marks tests that need llama.cpp."""

import pytest

from tailor_training.export.parity import can_check_parity

needs_llama_cpp = pytest.mark.skipif(
    not can_check_parity(), reason="NOT CHECKED against llama.cpp: node_modules is absent, run `npm ci` first"
)
