"""Turns a Llama-architecture GGUF with a byte-level BPE vocabulary into a transformers folder.

Written here because `from_pretrained(gguf_file=…)` gives a model that refuses to be saved and a tokenizer that
lacks the digit splitting of the original.
"""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from gguf import GGUFReader, dequantize
from safetensors.torch import save_file
from transformers import LlamaConfig

from tailor_training.base.bpe import BpeVocabulary, write_tokenizer
from tailor_training.rotary_order import interleaved_to_half_split

CONTROL_TOKEN = 3


def convert_gguf_to_folder(gguf_path: Path, folder: Path, chat_template: str) -> None:
    """Writes config.json, model.safetensors (float32) and the tokenizer files into `folder`."""
    reader = GGUFReader(gguf_path)
    fields = {name: field.contents() for name, field in reader.fields.items()}
    config = _config(fields)
    folder.mkdir(parents=True, exist_ok=True)
    config.save_pretrained(folder)
    tensors = {_hf_name(t.name): torch.from_numpy(_values(t, config)) for t in reader.tensors}
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    tokens = fields["tokenizer.ggml.tokens"]
    special = [i for i, kind in enumerate(fields["tokenizer.ggml.token_type"]) if kind == CONTROL_TOKEN]
    merges = [tuple(merge.split(" ")) for merge in fields["tokenizer.ggml.merges"]]
    write_tokenizer(BpeVocabulary(tokens, merges, special), folder, chat_template)


def _config(fields: dict[str, Any]) -> LlamaConfig:
    heads = fields["llama.attention.head_count"]
    return LlamaConfig(
        architectures=["LlamaForCausalLM"],
        vocab_size=len(fields["tokenizer.ggml.tokens"]),
        hidden_size=fields["llama.embedding_length"],
        intermediate_size=fields["llama.feed_forward_length"],
        num_hidden_layers=fields["llama.block_count"],
        num_attention_heads=heads,
        num_key_value_heads=fields["llama.attention.head_count_kv"],
        max_position_embeddings=fields["llama.context_length"],
        rms_norm_eps=round(fields["llama.attention.layer_norm_rms_epsilon"], 12),
        rope_parameters={"rope_type": "default", "rope_theta": float(fields["llama.rope.freq_base"])},
        tie_word_embeddings=True,
        bos_token_id=fields["tokenizer.ggml.bos_token_id"],
        eos_token_id=fields["tokenizer.ggml.eos_token_id"],
        pad_token_id=fields["tokenizer.ggml.padding_token_id"],
        dtype="float32",
    )


def _values(tensor: Any, config: LlamaConfig) -> np.ndarray:
    values = dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
    if tensor.name.endswith("attn_q.weight"):
        values = interleaved_to_half_split(values, config.num_attention_heads)
    if tensor.name.endswith("attn_k.weight"):
        values = interleaved_to_half_split(values, config.num_key_value_heads)
    return np.ascontiguousarray(values)


BLOCK_NAMES = {
    "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
ROOT_NAMES = {"token_embd": "embed_tokens", "output_norm": "norm"}


def _hf_name(name: str) -> str:
    parts = name.split(".")
    if parts[0] == "blk":
        return f"model.layers.{parts[1]}.{BLOCK_NAMES[parts[2]]}.weight"
    return f"model.{ROOT_NAMES[parts[0]]}.weight"
