"""The table of n-grams beside a model: what follows what in the plans that it learned from (docs/engine.md)."""

import json
import subprocess
from pathlib import Path

from tailor_training.export.parity import NODE, can_check_parity
from tailor_training.paths import REPOSITORY

PROGRAM = REPOSITORY / "src" / "cli" / "tailor.ts"


class NgramsError(RuntimeError):
    """The plans could not be counted."""


def write_ngrams(model: Path, samples: Path, *, adapter: Path | None = None) -> Path | None:
    """Writes the table of the plans in `samples` beside the adapter, else the model, with llama.cpp's tokeniser.

    None, with a notice, where node_modules is absent. The model answers the same without the table, only slower.
    """
    if not can_check_parity():
        print("notice: node_modules is absent (npm ci), so no table of n-grams was written")
        return None
    command = [NODE, PROGRAM, "models", "ngrams", model.absolute(), "--data", samples.absolute(), "--json"]
    if adapter:
        command += ["--adapter", adapter.absolute()]
    result = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=False, cwd=REPOSITORY
    )
    if result.returncode != 0:
        raise NgramsError(f"no n-grams of {samples.name}: {result.stderr.strip()[-2000:]}")
    return Path(json.loads(result.stdout)["file"])
