"""Who may learn from a model's answers: from its base's licence and the policy of the data that trained it.

The classes are the gateway's: `commercial_ok`, `research_only`, `restricted_teacher`, `unknown`.
"""

import json
from pathlib import Path
from typing import Any

import yaml

from tailor_training.files import read_json, sha256_of
from tailor_training.paths import resolve
from tailor_training.train.config import parse_config
from tailor_training.train.run_record import MANIFEST_FILE

UNKNOWN = "unknown"
PERMISSIVE = frozenset({"apache-2.0", "mit"})
# Begins of the last part of a base's path or hub id → its name and SPDX licence.
KNOWN_BASES = {
    "smollm2-135m": ("SmolLM2-135M-Instruct", "apache-2.0"),
    "tinyllama-1.1b-chat": ("TinyLlama-1.1B-Chat-v1.0", "apache-2.0"),
}


def name_base(base: str) -> str:
    """The name of a known base, else the last part of its path or hub id."""
    known = _find_known(base)
    return known[0] if known else Path(base).name


def license_of_base(base: str) -> str:
    """SPDX id in lower case: of a known base, else `license:` of the folder's model card, else `unknown`."""
    known = _find_known(base)
    if known:
        return known[1]
    card = resolve(base) / "README.md"
    return _read_card_license(card) if card.exists() else UNKNOWN


def classify_run(run: Path) -> str:
    """The class of a model trained by this run; a run started from another one inherits what that one learnt from."""
    config = parse_config(yaml.safe_load((run / "config.yaml").read_text(encoding="utf-8")))
    if license_of_base(config.base) not in PERMISSIVE:
        return UNKNOWN
    classes = [classify_manifest(read_manifest(run))]
    if config.start_from:
        classes.append(classify_run(resolve(config.start_from)))
    order = (UNKNOWN, "restricted_teacher", "research_only", "commercial_ok")
    return min(classes, key=order.index)


def classify_manifest(manifest: dict[str, Any] | None) -> str:
    """A commercial data set holds nothing else; a research one is as free as its least free sample."""
    if manifest is None:
        return UNKNOWN
    if manifest.get("policy") == "commercial":
        return "commercial_ok"
    if manifest.get("policy") != "research":
        return UNKNOWN
    samples = manifest.get("byLicenseClass") or {}
    return "restricted_teacher" if samples.get("restricted_teacher") else "research_only"


def read_manifest(run: Path) -> dict[str, Any] | None:
    """The manifest that the run recorded: its own copy, else the data set's if that is still the same; or None."""
    wanted = read_json(run / "run.json")["made_from"]["dataset_manifest"]
    config = yaml.safe_load((run / "config.yaml").read_text(encoding="utf-8"))
    for path in (run / MANIFEST_FILE, resolve(config["dataset"]) / "manifest.json"):
        if path.exists() and sha256_of(path) == wanted:
            return json.loads(path.read_text(encoding="utf-8"))
    return None


def _find_known(base: str) -> tuple[str, str] | None:
    last = Path(base).name.lower()
    return next((found for prefix, found in KNOWN_BASES.items() if last.startswith(prefix)), None)


def _read_card_license(card: Path) -> str:
    text = card.read_text(encoding="utf-8")
    if not text.startswith("---"):
        return UNKNOWN
    front = yaml.safe_load(text.split("---", 2)[1]) or {}
    return str(front.get("license") or UNKNOWN).lower()
