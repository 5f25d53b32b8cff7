"""Does llama.cpp read the file as Python reads the model? Token ids of prompts and greedy continuations must agree."""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from tailor_training.paths import REPOSITORY

NODE = REPOSITORY / "node_modules" / ".bin" / "node"
SCRIPT = Path(__file__).with_name("parity.mjs")
# Two tokens whose logits differ by less may change places under another order of summation.
TIE = 0.02


class ParityError(RuntimeError):
    """llama.cpp and Python disagree: the file is wrong and must not be used."""


@dataclass(frozen=True)
class ParityReport:
    """`compared` counts greedy tokens that were compared and equal; `ties` continuations that parted at a near tie."""

    prompts: int
    compared: int
    ties: int


def can_check_parity() -> bool:
    """Whether node-llama-cpp is installed beside us (`npm ci` in the repository)."""
    return NODE.exists() and (REPOSITORY / "node_modules" / "node-llama-cpp").exists()


def run_llama_cpp(
    model: Path, prompts: Sequence[str], *, max_tokens: int, adapter: Path | None = None
) -> list[dict[str, list[int]]]:
    """`[{ids, continuation}]` for each prompt, as llama.cpp sees them."""
    request = {"modelPath": str(model.absolute()), "prompts": list(prompts), "maxTokens": max_tokens}
    if adapter:
        request["adapterPath"] = str(adapter.absolute())
    command = [str(NODE), str(SCRIPT)]
    result = subprocess.run(
        command, input=json.dumps(request), capture_output=True, text=True, check=False, cwd=REPOSITORY
    )
    if result.returncode != 0:
        raise ParityError(f"llama.cpp failed on {model.name}: {result.stderr.strip()[-2000:]}")
    return json.loads(result.stdout)["results"]


@torch.no_grad()
def check_parity(
    model: Any,
    tokenizer: Any,
    prompts: Sequence[str],
    *,
    gguf: Path,
    max_tokens: int = 24,
    adapter: Path | None = None,
) -> ParityReport:
    """Raises ParityError at the first difference that is no near tie."""
    answers = run_llama_cpp(gguf, prompts, max_tokens=max_tokens, adapter=adapter)
    compared = ties = 0
    for prompt, answer in zip(prompts, answers, strict=True):
        ids = tokenizer(prompt, add_special_tokens=False)["input_ids"]
        if ids != answer["ids"]:
            raise ParityError(f"{gguf.name}: token ids of {prompt[:80]!r} are {answer['ids']}, in Python {ids}")
        continuation = answer["continuation"]
        logits = model(input_ids=torch.tensor([[*ids, *continuation]])).logits[0, len(ids) - 1 : -1].float()
        for at, (row, token) in enumerate(zip(logits, continuation, strict=True)):
            if int(row.argmax()) == token:
                compared += 1
                continue
            gap = float(row.max() - row[token])
            if gap > TIE:
                raise ParityError(f"{gguf.name}: token {at} after {prompt[-60:]!r} differs by {gap:.3f} in logit")
            ties += 1
            break
    return ParityReport(len(prompts), compared, ties)
