"""Puts an exported model into the registry: `models/<name>/` and `models/registry.json`."""

import datetime
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tailor_training.export.run import read_export
from tailor_training.files import read_json, sha256_of, write_json, write_text
from tailor_training.license_class import classify_run, name_base
from tailor_training.paths import STYLE_DATA

SCHEMA_VERSION = 1


class RegistryError(RuntimeError):
    """The registry refuses: a file changed since its export, or the name is taken by another model."""


@dataclass(frozen=True)
class Registration:
    """`created_at` is ISO 8601 in UTC; `metrics` is stored as given."""

    run: Path
    models: Path
    version: str = "1"
    make_default: bool = False
    aliases: list[str] = field(default_factory=list)
    metrics: dict[str, Any] = field(default_factory=dict)
    created_at: str = ""


def register_model(registration: Registration) -> Path:
    """Copies file and card, adds the entry; returns the model's folder. Registering the same again changes nothing."""
    export = read_export(registration.run)
    files = [export, export["adapter"]] if export["apart"] else [export]
    # Exports made before there were such tables have no such key.
    files += [export["ngrams"]] if export.get("ngrams") else []
    for file in files:
        _check_exported(registration.run / "gguf" / file["file"], file["sha256"])
    folder = registration.models / export["name"]
    registry = _read_registry(registration.models / "registry.json")
    _refuse_other_content(folder, export)
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        _copy(registration.run / "gguf" / file["file"], folder / file["file"])
    if not (folder / "model.json").exists():
        model = describe_model(registration, export)
        write_json(folder / "model.json", model)
        write_text(folder / "README.md", render_card(model, export))
    _add_entry(registry, registration, read_json(folder / "model.json"))
    write_json(registration.models / "registry.json", registry)
    return folder


def describe_model(registration: Registration, export: dict[str, Any]) -> dict[str, Any]:
    """The content of `model.json`."""
    run_record = read_json(registration.run / "run.json")
    training = read_json(registration.run / "training-report.json")
    created = registration.created_at or datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    return {
        "name": export["name"],
        "version": registration.version,
        "base": name_base(export["base"]),
        "license": export["license"],
        "licenseClass": classify_run(registration.run),
        "architecture": "llama",
        "quantization": export["quantization"],
        "contextLength": export["contextLength"],
        "file": export["file"],
        "sha256": export["sha256"],
        "sizeBytes": export["sizeBytes"],
        **_describe_adapter(export),
        "promptVersion": read_json(STYLE_DATA / "prompt.json")["version"],
        "datasetManifestSha256": run_record["made_from"]["dataset_manifest"],
        "metrics": {
            "validLoss": training["validLoss"],
            "trainingTokens": training["tokens"],
            "drift": export["drift"],
            "parity": export["parity"],
            **registration.metrics,
        },
        "createdAt": created,
    }


def render_card(model: dict[str, Any], export: dict[str, Any]) -> str:
    """A short model card in Markdown."""
    drift = "\n".join(
        f"| {name} | {values['loss']:.4f} | {values['perplexity']:.4f} |" for name, values in export["drift"].items()
    )
    return f"""# {model["name"]}

A stylist that answers a brief (occasion, brands, budget, guidance, profile) with an outfit plan as JSON.

| | |
| --- | --- |
| base | {model["base"]} ({model["license"]}) |
| learning from its answers | `{model["licenseClass"]}` |
| file | `{model["file"]}`, {model["quantization"]}, {model["sizeBytes"] / 1e6:.1f} MB |
| sha256 | `{model["sha256"]}` |
| context | {model["contextLength"]} tokens |
| prompt | `{model["promptVersion"]}` (data/style/prompt.json) |
| data set manifest | `{model["datasetManifestSha256"]}` |
| validation loss | {model["metrics"]["validLoss"]:.4f} per completion token |

It was trained with LoRA on exactly the prompt that is served; {_describe_form(model)}. Token ids and
greedy answers of the F16 file were compared with the Python model: {_describe_parity(model["metrics"]["parity"])}.

Loss on validation rows with the weights of each file type:

| weights | loss | perplexity |
| --- | --- | --- |
{drift}

It knows fashion search queries in English and nothing else: serve it with the stylist prompt and the plan constraint.
Prices are guesses inside the budget, brands are those that the user listed or well-known ones.
"""


def _describe_form(model: dict[str, Any]) -> str:
    if "adapter" in model:
        return f"the update is in `{model['adapter']['file']}`, beside the quantised base"
    return "the update is merged into the base, which was then quantised"


def _describe_parity(parity: dict[str, int] | None) -> str:
    if parity is None:
        return "not done for this file"
    return f"{parity['compared']} greedy tokens on {parity['prompts']} prompts were equal ({parity['ties']} near ties)"


def _describe_adapter(export: dict[str, Any]) -> dict[str, Any]:
    """Only a file without the update in it names an adapter: the engine lays what is named over the file."""
    if not export["apart"]:
        return {}
    file = export["adapter"]
    return {"adapter": {"name": f"{export['name']}-adapter", "file": file["file"]}, "adapterSha256": file["sha256"]}


def _check_exported(path: Path, sha256: str) -> None:
    if sha256_of(path) != sha256:
        raise RegistryError(f"{path.name} is not the file that was exported (its sha256 differs)")


def _refuse_other_content(folder: Path, export: dict[str, Any]) -> None:
    path = folder / "model.json"
    if not path.exists():
        return
    model = read_json(path)
    adapter = export["adapter"]["sha256"] if export["apart"] else None
    if (model["sha256"], model.get("adapterSha256")) != (export["sha256"], adapter):
        raise RegistryError(f"{folder.name} is registered with another file; choose another --name at the export")


def _copy(source: Path, target: Path) -> None:
    temporary = target.with_name(f".{target.name}.tmp")
    shutil.copyfile(source, temporary)
    temporary.replace(target)


def _read_registry(path: Path) -> dict[str, Any]:
    registry = read_json(path) if path.exists() else {"schemaVersion": SCHEMA_VERSION, "default": None, "models": []}
    if registry["schemaVersion"] != SCHEMA_VERSION:
        raise RegistryError(f"registry.json has schemaVersion {registry['schemaVersion']}, expected {SCHEMA_VERSION}")
    return registry


def _add_entry(registry: dict[str, Any], registration: Registration, model: dict[str, Any]) -> None:
    if all(entry["name"] != model["name"] for entry in registry["models"]):
        registry["models"].append(
            {
                "name": model["name"],
                "path": model["name"],
                "file": model["file"],
                "sha256": model["sha256"],
                "status": "registered",
                "createdAt": model["createdAt"],
                "aliases": registration.aliases,
                **{key: model[key] for key in ("adapter", "adapterSha256") if key in model},
            }
        )
    if registration.make_default or not registry["default"]:
        registry["default"] = model["name"]
