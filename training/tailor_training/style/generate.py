"""Free answers of a transformers model: no grammar, so that constrained decoding hides nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, set_seed

Messages = list[dict[str, str]]


@dataclass(frozen=True)
class GenerationOptions:
    """How answers are drawn; temperature 0 is greedy."""

    temperature: float = 0.7
    top_p: float = 1.0
    max_tokens: int = 512
    batch: int = 8
    seed: int = 0


class FreeModel:
    """A model folder, an adapter folder (its base is loaded with it), or a run folder with `adapter/`."""

    def __init__(self, folder: Path) -> None:
        place = folder / "adapter" if (folder / "adapter").is_dir() else folder
        self.tokenizer = AutoTokenizer.from_pretrained(place, padding_side="left")
        if self.tokenizer.pad_token is None:
            self.tokenizer.pad_token = self.tokenizer.eos_token
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.model = _load(place).to(self.device).eval()

    def answer(self, prompts: Sequence[Messages], options: GenerationOptions) -> Iterator[tuple[str, int]]:
        """Text and token count of each answer, in order; an answer that reaches the cap is cut there."""
        set_seed(options.seed)
        for start in range(0, len(prompts), options.batch):
            yield from self._answer_batch(prompts[start : start + options.batch], options)

    @torch.inference_mode()
    def _answer_batch(self, prompts: Sequence[Messages], options: GenerationOptions) -> list[tuple[str, int]]:
        texts = [
            self.tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
            for messages in prompts
        ]
        encoded = self.tokenizer(texts, return_tensors="pt", padding=True, add_special_tokens=False)
        sampling: dict[str, Any] = {"do_sample": False}
        if options.temperature > 0:
            sampling = {"do_sample": True, "temperature": options.temperature, "top_p": options.top_p, "top_k": 0}
        output = self.model.generate(
            **encoded.to(self.device),
            **sampling,
            max_new_tokens=options.max_tokens,
            eos_token_id=self.tokenizer.eos_token_id,
            pad_token_id=self.tokenizer.pad_token_id,
        )
        answers = output[:, encoded["input_ids"].shape[1] :].tolist()
        return [self._decode(ids) for ids in answers]

    def _decode(self, ids: list[int]) -> tuple[str, int]:
        end = ids.index(self.tokenizer.eos_token_id) if self.tokenizer.eos_token_id in ids else len(ids)
        return self.tokenizer.decode(ids[:end], skip_special_tokens=True), end


def _load(folder: Path) -> Any:
    precision = torch.bfloat16 if torch.cuda.is_available() else torch.float32
    if (folder / "adapter_config.json").exists():
        from peft import AutoPeftModelForCausalLM

        return AutoPeftModelForCausalLM.from_pretrained(folder, dtype=precision).merge_and_unload()
    return AutoModelForCausalLM.from_pretrained(folder, dtype=precision)
