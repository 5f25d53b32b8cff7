"""The packed forward pass has the loss and the gradients of PEFT's own, whatever the rows share."""

import pytest
import torch
import torch.nn.functional as F
from peft import PeftModel, get_peft_model
from transformers import AutoTokenizer

from support.runs import tiny_config
from support.samples import make_samples
from tailor_training.data.rows import Row, encode_rows
from tailor_training.train.load_model import load_base, lora_config
from tailor_training.train.packed_llama import PackedLlama, pack


@pytest.fixture(scope="module")
def model(tiny, tmp_path_factory: pytest.TempPathFactory) -> PeftModel:
    config = tiny_config(tiny, tmp_path_factory.mktemp("packed-llama"))
    torch.manual_seed(3)
    model = get_peft_model(load_base(config), lora_config(config))
    for name, weight in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.05)
    return model


@pytest.fixture(scope="module")
def rows(tiny) -> list[Row]:
    return encode_rows(make_samples(3), AutoTokenizer.from_pretrained(tiny.base), 512).rows


def plain_loss(model: PeftModel, rows: list[Row]) -> torch.Tensor:
    """Row by row, without padding: mean over all completion tokens."""
    parts = []
    for row in rows:
        ids = torch.tensor([row.input_ids])
        logits = model(input_ids=ids).logits[0, row.prompt_length - 1 : -1]
        parts.append(F.cross_entropy(logits, ids[0, row.prompt_length :], reduction="none"))
    return torch.cat(parts).mean()


def gradients(model: PeftModel, loss: torch.Tensor) -> dict[str, torch.Tensor]:
    model.zero_grad()
    loss.backward()
    return {name: p.grad.clone() for name, p in model.named_parameters() if p.requires_grad}


def without_shared_start(rows: list[Row]) -> list[Row]:
    """The same rows with other first tokens, so that nothing is shared."""
    return [Row(row.id, [10 + i, *row.input_ids[1:]], row.prompt_length) for i, row in enumerate(rows)]


@pytest.mark.parametrize("case", ["shared start", "nothing shared", "one row"])
def test_loss_and_gradients_are_those_of_peft(model: PeftModel, rows: list[Row], case: str) -> None:
    chosen = {"shared start": rows, "nothing shared": without_shared_start(rows), "one row": rows[:1]}[case]
    packed = PackedLlama(model, compile_kernels=False)
    packed.refresh()
    batch = pack(chosen)
    assert (batch.shared > 0) == (case != "nothing shared")
    expected, found = plain_loss(model, chosen), packed.loss(batch)
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)
    wanted = gradients(model, expected)
    for name, gradient in gradients(model, found).items():
        torch.testing.assert_close(
            gradient, wanted[name], rtol=1e-3, atol=1e-5, msg=lambda text, n=name: f"{n}: {text}"
        )


def test_it_follows_the_adapter_once_refreshed(model: PeftModel, rows: list[Row]) -> None:
    packed = PackedLlama(model, compile_kernels=False)
    packed.refresh()
    with torch.no_grad():
        model.get_submodule("base_model.model.model.layers.0.mlp.up_proj.lora_B.default").weight.add_(0.1)
        packed.refresh()
        torch.testing.assert_close(packed.loss(pack(rows)), plain_loss(model, rows), rtol=1e-5, atol=1e-5)
