"""Registered models: files, card and entry; nothing is overwritten, nothing is called free that is not."""

import json
import shutil
from pathlib import Path

import pytest

from support.runs import export_copy
from tailor_training.export.parity import can_check_parity
from tailor_training.files import read_json, sha256_of
from tailor_training.license_class import classify_manifest, classify_run, license_of_base, name_base
from tailor_training.register import Registration, RegistryError, register_model

NOW = "2026-01-02T03:04:05+00:00"


@pytest.fixture(scope="module")
def apart(packed_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("apart") / "run"
    options = {"name": "tiny-apart", "apart": True, "quant": "Q8_0", "check_parity": False, "drift_rows": 0}
    return export_copy(packed_run, copy, **options)


def copy_run(run: Path, target: Path) -> Path:
    shutil.copytree(run, target)
    return target


def set_base(run: Path, base: str) -> None:
    text = (run / "config.yaml").read_text(encoding="utf-8")
    lines = [f"base: {base}" if line.startswith("base:") else line for line in text.splitlines()]
    (run / "config.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_writes_file_description_card_and_entry(exported: Path, tmp_path: Path) -> None:
    metrics = {"evaluation": {"all": 0.9}}
    registration = Registration(run=exported, models=tmp_path, aliases=["stylist"], metrics=metrics, created_at=NOW)
    folder = register_model(registration)
    model = read_json(folder / "model.json")
    assert folder == tmp_path / "tiny-stylist"
    assert sha256_of(folder / "tiny-stylist-q4_0.gguf") == model["sha256"]
    assert model["sizeBytes"] == (folder / model["file"]).stat().st_size
    assert model["datasetManifestSha256"] == sha256_of(exported / "dataset-manifest.json")
    assert model["metrics"]["evaluation"] == {"all": 0.9}
    assert "adapter" not in model, "the update is merged: laying it over the file once more would spoil it"
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert model["sha256"] in card
    assert "`unknown`" in card
    assert read_json(tmp_path / "registry.json") == {
        "schemaVersion": 1,
        "default": "tiny-stylist",
        "models": [
            {
                "name": "tiny-stylist",
                "path": "tiny-stylist",
                "file": "tiny-stylist-q4_0.gguf",
                "sha256": model["sha256"],
                "status": "registered",
                "createdAt": NOW,
                "aliases": ["stylist"],
            }
        ],
    }
    tables = ["tiny-stylist-q4_0.ngrams"] if can_check_parity() else []
    files = ["README.md", "model.json", "tiny-stylist-q4_0.gguf", *tables]
    assert sorted(path.name for path in folder.iterdir()) == files


def test_registering_again_changes_nothing(exported: Path, tmp_path: Path) -> None:
    first = register_model(Registration(run=exported, models=tmp_path, created_at=NOW))
    before = [path.read_bytes() for path in (first / "model.json", tmp_path / "registry.json")]
    register_model(Registration(run=exported, models=tmp_path, created_at="2027-01-01T00:00:00+00:00"))
    assert [path.read_bytes() for path in (first / "model.json", tmp_path / "registry.json")] == before


def test_an_apart_export_is_registered_with_its_adapter(apart: Path, exported: Path, tmp_path: Path) -> None:
    register_model(Registration(run=exported, models=tmp_path, created_at=NOW))
    folder = register_model(Registration(run=apart, models=tmp_path, created_at=NOW))
    entries = {entry["name"]: entry for entry in read_json(tmp_path / "registry.json")["models"]}
    adapter = {"name": "tiny-apart-adapter", "file": "tiny-apart-adapter-f16.gguf"}
    assert entries["tiny-apart"]["adapter"] == read_json(folder / "model.json")["adapter"] == adapter
    assert entries["tiny-apart"]["adapterSha256"] == sha256_of(folder / adapter["file"])
    assert "tiny-apart-adapter-f16.gguf" in (folder / "README.md").read_text(encoding="utf-8")
    # The first model stays the default until told otherwise.
    assert read_json(tmp_path / "registry.json")["default"] == "tiny-stylist"
    register_model(Registration(run=apart, models=tmp_path, make_default=True))
    assert read_json(tmp_path / "registry.json")["default"] == "tiny-apart"


def test_other_content_under_the_same_name_is_refused(exported: Path, apart: Path, tmp_path: Path) -> None:
    models = tmp_path / "models"
    folder = register_model(Registration(run=exported, models=models, created_at=NOW))
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    other = copy_run(apart, tmp_path / "other")
    export = read_json(other / "gguf" / "export.json")
    (other / "gguf" / "export.json").write_text(json.dumps({**export, "name": "tiny-stylist"}))
    with pytest.raises(RegistryError, match="registered with another file"):
        register_model(Registration(run=other, models=models))
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_file_that_changed_since_its_export_is_refused(exported: Path, tmp_path: Path) -> None:
    run = copy_run(exported, tmp_path / "run")
    with (run / "gguf" / "tiny-stylist-q4_0.gguf").open("ab") as file:
        file.write(b"\0")
    with pytest.raises(RegistryError, match="sha256 differs"):
        register_model(Registration(run=run, models=tmp_path / "models"))
    assert not (tmp_path / "models").exists()


def test_a_registry_of_another_version_is_left_alone(exported: Path, tmp_path: Path) -> None:
    (tmp_path / "registry.json").write_text('{"schemaVersion": 2}')
    with pytest.raises(RegistryError, match="schemaVersion 2"):
        register_model(Registration(run=exported, models=tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["registry.json"]
    assert (tmp_path / "registry.json").read_text() == '{"schemaVersion": 2}'


@pytest.mark.parametrize(
    ("manifest", "expected"),
    [
        ({"policy": "commercial", "byLicenseClass": {"commercial_ok": 9}}, "commercial_ok"),
        ({"policy": "research", "byLicenseClass": {"commercial_ok": 9, "research_only": 1}}, "research_only"),
        ({"policy": "research", "byLicenseClass": {"restricted_teacher": 1}}, "restricted_teacher"),
        ({"policy": "whatever"}, "unknown"),
        ({}, "unknown"),
        (None, "unknown"),
    ],
)
def test_the_data_sets_policy_bounds_the_class(manifest: dict | None, expected: str) -> None:
    assert classify_manifest(manifest) == expected


def test_the_bases_license_bounds_the_class(packed_run: Path, tmp_path: Path) -> None:
    run = copy_run(packed_run, tmp_path / "run")
    assert classify_run(run) == "unknown"
    base = tmp_path / "some-llama"
    base.mkdir()
    set_base(run, str(base))
    for license_id, expected in (("MIT", "commercial_ok"), ("apache-2.0", "commercial_ok"), ("llama3", "unknown")):
        (base / "README.md").write_text(f"---\nlicense: {license_id}\n---\n# Some Llama\n")
        assert classify_run(run) == expected
    set_base(run, "data/bases/smollm2-135m-stylist")
    assert classify_run(run) == "commercial_ok"


def test_a_manifest_that_the_run_did_not_record_does_not_count(packed_run: Path, tmp_path: Path) -> None:
    run = copy_run(packed_run, tmp_path / "run")
    set_base(run, "TinyLlama/TinyLlama-1.1B-Chat-v1.0")
    (run / "dataset-manifest.json").unlink()
    assert classify_run(run) == "commercial_ok", "the data set's own manifest is still the recorded one"
    record = read_json(run / "run.json")
    record["made_from"]["dataset_manifest"] = "0" * 64
    (run / "run.json").write_text(json.dumps(record))
    assert classify_run(run) == "unknown"


def test_a_second_stage_inherits_the_firsts_class(packed_run: Path, tmp_path: Path) -> None:
    first, second = copy_run(packed_run, tmp_path / "first"), copy_run(packed_run, tmp_path / "second")
    for run in (first, second):
        set_base(run, "data/bases/smollm2-135m-stylist")
    text = (second / "config.yaml").read_text(encoding="utf-8")
    (second / "config.yaml").write_text(text.replace("start_from: ''", f"start_from: {first}"), encoding="utf-8")
    assert classify_run(second) == "commercial_ok"
    (first / "dataset-manifest.json").write_text("{}")
    record = read_json(first / "run.json")
    record["made_from"]["dataset_manifest"] = sha256_of(first / "dataset-manifest.json")
    (first / "run.json").write_text(json.dumps(record))
    assert classify_run(second) == "unknown"


def test_names_and_licenses_of_bases() -> None:
    assert name_base("data/bases/smollm2-135m-stylist") == "SmolLM2-135M-Instruct"
    assert license_of_base("TinyLlama/TinyLlama-1.1B-Chat-v1.0") == "apache-2.0"
    assert name_base("someone/other-model") == "other-model"
    assert license_of_base("someone/smollm2-135m-lookalikes/llama") == "unknown"
