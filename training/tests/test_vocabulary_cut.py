"""A cut vocabulary splits the known texts as before and can still write any text."""

import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from support.samples import make_samples, training_texts
from tailor_training.base.cut import count_changed_texts, cut_base, cut_vocabulary, load_vocabulary
from tailor_training.base.tiny import make_tiny_base
from tailor_training.files import read_json

UNSEEN = "Ärmel, 東京 🧥 & 1,299.50 kr\n\ttwo  spaces"


def test_round_trip(tmp_path) -> None:
    samples = make_samples(8)
    texts = training_texts(samples)
    base, out = tmp_path / "base", tmp_path / "cut"
    make_tiny_base(base, [*texts, "unrelated words about quarterly earnings and photosynthesis " * 9])
    cut = cut_base(base, out, first_ids=64, texts=texts)

    full, small = (AutoTokenizer.from_pretrained(folder) for folder in (base, out))
    assert len(small) < len(full)
    assert count_changed_texts(base, out, texts) == 0
    for text in (*texts, UNSEEN):
        ids = small(text)["input_ids"]
        assert small.decode(ids) == text
        assert text == UNSEEN or [cut.old_ids[i] for i in ids] == full(text)["input_ids"]
    assert read_json(out / "vocabulary-cut.json")["oldIds"] == cut.old_ids
    assert (small.bos_token, small.eos_token, small.pad_token) == (full.bos_token, full.eos_token, full.pad_token)

    before = load_file(base / "model.safetensors")["model.embed_tokens.weight"]
    after = load_file(out / "model.safetensors")["model.embed_tokens.weight"]
    assert torch.equal(after, before[torch.tensor(cut.old_ids)])


def test_the_cut_model_gives_the_kept_tokens_the_same_logits(tiny, tmp_path) -> None:
    texts = training_texts(make_samples(8))[:2]
    cut = cut_base(tiny.base, tmp_path / "cut", first_ids=16, texts=texts)
    full, small = (AutoModelForCausalLM.from_pretrained(folder).eval() for folder in (tiny.base, tmp_path / "cut"))
    ids = AutoTokenizer.from_pretrained(tmp_path / "cut")(texts[0], return_tensors="pt")["input_ids"]
    old = torch.tensor(cut.old_ids)
    with torch.no_grad():
        torch.testing.assert_close(small(ids).logits, full(old[ids]).logits[..., old])


def test_every_kept_merge_is_whole(tiny) -> None:
    full = load_vocabulary(tiny.base)
    cut = cut_vocabulary(full, 0, ["leather loafers"]).vocabulary
    known = set(cut.tokens)
    assert all({left, right, left + right} <= known for left, right in cut.merges)
    assert [cut.tokens[i] for i in cut.special_ids] == [full.tokens[i] for i in full.special_ids]
