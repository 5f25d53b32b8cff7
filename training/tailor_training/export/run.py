"""One export: adapter, merged F16 file, quantised file, parity and drift, from a run folder."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
import yaml
from huggingface_hub import snapshot_download
from transformers import AutoModelForCausalLM

from tailor_training.chat_template import load_chat_template
from tailor_training.data.rows import Row, encode_rows, read_samples, render_prompt, render_sample
from tailor_training.export.drift import add_adapter, load_gguf_weights, measure_loss
from tailor_training.export.k_quants import K_QUANT_FILE_TYPES, QuantiserUnavailableError, quantise_with_llama_cpp
from tailor_training.export.model_file import ModelCard, write_adapter, write_model
from tailor_training.export.ngrams import write_ngrams
from tailor_training.export.parity import ParityReport, can_check_parity, check_parity
from tailor_training.export.quantise import FixedScaleQuantiser, Quantiser, QuantPlan
from tailor_training.export.tensors import GgufNames, LoraAdapter, load_adapter, merged_parameters
from tailor_training.export.vocabulary import read_vocabulary
from tailor_training.files import read_json, sha256_of, write_json
from tailor_training.license_class import license_of_base
from tailor_training.paths import resolve
from tailor_training.train.config import TrainingConfig, parse_config
from tailor_training.train.load_model import base_location, load_tokenizer

PARITY_PROMPTS = 4
EXPORT_FILE = "export.json"


@dataclass(frozen=True)
class ExportOptions:
    """`quant` is a numpy type or a K-quant; `tensors` overrides it for tensors whose name matches.

    `license` empty: the base's. `apart`: the adapter is not merged, the model is the base's file plus the adapter's.
    """

    name: str
    quant: str
    tensors: dict[str, str] = field(default_factory=dict)
    license: str = ""
    apart: bool = False
    context_length: int = 2048
    check_parity: bool = True
    drift_rows: int = 50
    compare: Sequence[str] = ()


def export_run(run: Path, options: ExportOptions) -> Path:
    """Writes `<run>/gguf/`; returns the quantised file. `export.json` there says what was made and measured."""
    export = _Export(run, options)
    out = run / "gguf"
    f16 = out / f"{options.name}-f16.gguf"
    adapter = out / f"{options.name}-adapter-f16.gguf"
    export.write(f16, QuantPlan("F16"))
    write_adapter(adapter, export.adapter, config=export.model.config, name=options.name)
    parity = export.check(f16, adapter if options.apart else None)
    final, quant = export.write_quantised(out, f16)
    export.check_loads(final)
    ngrams = export.write_ngrams(final, adapter if options.apart else None)
    report = {
        "name": options.name,
        "file": final.name,
        "quantization": quant,
        "tensors": options.tensors,
        "sha256": sha256_of(final),
        "sizeBytes": final.stat().st_size,
        "contextLength": options.context_length,
        "license": export.license,
        "apart": options.apart,
        "base": export.config.base,
        "adapter": _describe_file(adapter),
        "ngrams": _describe_file(ngrams) if ngrams else None,
        "f16": {"file": f16.name, "sizeBytes": f16.stat().st_size},
        "parity": dataclasses.asdict(parity) if parity else None,
        "drift": export.measure_files(f16, final),
    }
    write_json(out / EXPORT_FILE, report)
    return final


class _Export:
    def __init__(self, run: Path, options: ExportOptions) -> None:
        self.run, self.options = run, options
        self.config: TrainingConfig = parse_config(yaml.safe_load((run / "config.yaml").read_text(encoding="utf-8")))
        self.base = local_base(self.config.base)
        self.license = options.license or license_of_base(self.config.base)
        self.adapter: LoraAdapter = load_adapter(run / "adapter")
        self.tokenizer = load_tokenizer(str(run / "adapter"), self.config.chat_template)
        self.model = AutoModelForCausalLM.from_pretrained(self.base, dtype=torch.float32).eval()
        self.quantiser = self._make_quantiser()

    def _make_quantiser(self) -> Quantiser:
        if self.config.train_rounded == "none":
            return Quantiser()
        return FixedScaleQuantiser(GgufNames(self.model.config).tensors(merged_parameters(self.base, None)))

    def write(self, path: Path, plan: QuantPlan) -> None:
        names = GgufNames(self.model.config)
        source = self.base if (self.base / "tokenizer.json").exists() else self.run / "adapter"
        write_model(
            path,
            names.tensors(merged_parameters(self.base, None if self.options.apart else self.adapter)),
            config=self.model.config,
            vocabulary=read_vocabulary(source, self.tokenizer, self.model.config.vocab_size),
            card=ModelCard(
                name=self.options.name,
                license=self.license,
                base=self.config.base,
                chat_template=load_chat_template(self.config.chat_template),
                context_length=min(self.options.context_length, self.model.config.max_position_embeddings),
            ),
            plan=plan,
            quantiser=self.quantiser,
        )

    def write_quantised(self, out: Path, f16: Path) -> tuple[Path, str]:
        """The wanted file and its type: Q8_0 instead, with a notice, where a K-quant cannot be made."""
        quant = self.options.quant
        if quant == "F16":
            return f16, quant
        if quant in K_QUANT_FILE_TYPES:
            target = out / f"{self.options.name}-{quant.lower()}.gguf"
            try:
                print(f"{quant} made by {quantise_with_llama_cpp(f16, target, quant)}")
                return target, quant
            except QuantiserUnavailableError as error:
                print(f"notice: {error}; writing Q8_0 instead of {quant}")
                quant = "Q8_0"
        target = out / f"{self.options.name}-{quant.lower()}.gguf"
        self.write(target, QuantPlan(quant, self.options.tensors))
        return target, quant

    def check(self, f16: Path, adapter: Path | None) -> ParityReport | None:
        if not self.options.check_parity:
            return None
        if not can_check_parity():
            print("notice: node_modules is absent (npm ci), so parity with llama.cpp was NOT checked")
            return None
        self._load(f16)
        return check_parity(self.model, self.tokenizer, self._prompts(), gguf=f16, adapter=adapter)

    def check_loads(self, path: Path) -> None:
        """The quantised file loads and tokenises alike; its continuations may differ."""
        if self.options.check_parity and can_check_parity():
            check_parity(self.model, self.tokenizer, self._prompts()[:1], gguf=path, max_tokens=0)

    def write_ngrams(self, final: Path, adapter: Path | None) -> Path | None:
        return write_ngrams(final, resolve(self.config.dataset) / "train.jsonl", adapter=adapter)

    def measure_files(self, f16: Path, final: Path) -> dict[str, dict[str, float]]:
        """Loss and perplexity on validation rows with each file's weights; those of `compare` are made and deleted."""
        if self.options.drift_rows == 0:
            return {}
        samples = list(read_samples(resolve(self.config.dataset) / "valid.jsonl"))[: self.options.drift_rows]
        rows = encode_rows(samples, self.tokenizer, self.config.max_length).rows
        measured = {path.stem: self._measure(path, rows) for path in dict.fromkeys((f16, final))}
        for kind in self.options.compare:
            path = final.with_name(f".compare-{kind}.gguf")
            self.write(path, QuantPlan(kind, self.options.tensors))
            measured[f"{kind}, {path.stat().st_size / 1e6:.1f} MB"] = self._measure(path, rows)
            path.unlink()
        return measured

    def _load(self, path: Path) -> None:
        load_gguf_weights(self.model, path)
        if self.options.apart:
            add_adapter(self.model, self.adapter)

    def _measure(self, path: Path, rows: Sequence[Row]) -> dict[str, float]:
        self._load(path)
        return dataclasses.asdict(measure_loss(self.model, rows))

    def _prompts(self) -> list[str]:
        path = resolve(self.config.dataset) / "valid.jsonl"
        messages = [render_sample(sample)[0] for sample in read_samples(path)]
        return [render_prompt(each, self.tokenizer) for each in messages[:PARITY_PROMPTS]]


def _describe_file(path: Path) -> dict[str, Any]:
    return {"file": path.name, "sha256": sha256_of(path), "sizeBytes": path.stat().st_size}


def local_base(base: str) -> Path:
    """The base's folder; a hub id is fetched to (or, with HF_HUB_OFFLINE=1, found in) the local cache."""
    location = Path(base_location(base))
    return location if location.is_dir() else Path(snapshot_download(str(location)))


def read_export(run: Path) -> dict[str, Any]:
    return read_json(run / "gguf" / EXPORT_FILE)
