"""Tiny random models of several families with a local tokenizer, saved as Hugging Face saves them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import nn

from tests.unit.installed import skip_if

WORDS = [*("the", "film", "was", "good", "bad", "but", "long", "and", "short", "very", "un", "##believ", "##ably")]
WORDS += ["end", "never", "ever", "a", "plot", "cast", "dull"]
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
SIZES = {"vocab_size": len(SPECIAL) + len(WORDS), "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2}
SIZES |= {"intermediate_size": 24, "pad_token_id": 0, "max_position_embeddings": 24}

TWO = {"d_model": 16, "d_ff": 24, "eos_token_id": 3, "decoder_start_token_id": 3, "d_kv": 8}
TWO |= {f"{part}_{size}": value for part in ("encoder", "decoder") for size, value in (("layers", 1), ("ffn_dim", 24))}
TWO |= {"encoder_attention_heads": 2, "decoder_attention_heads": 2}
"""The sizes of an encoder and a decoder."""

MODELS: dict[str, tuple[str, dict[str, Any]]] = {
    "bert classifier": ("BertForSequenceClassification", {"num_labels": 3}),
    "albert masked": ("AlbertForMaskedLM", {"embedding_size": 8}),
    "roberta masked": ("RobertaForMaskedLM", {}),
    "roberta classifier": ("RobertaForSequenceClassification", {"num_labels": 3}),
    "distilbert encoder": ("DistilBertModel", {"dim": 16, "n_layers": 2, "n_heads": 2, "hidden_dim": 24}),
    "gpt2 causal": ("GPT2LMHeadModel", {"n_embd": 16, "n_layer": 2, "n_head": 2, "n_positions": 24}),
    "llama causal": ("LlamaForCausalLM", {"num_key_value_heads": 1}),
    "gpt2 classifier": ("GPT2ForSequenceClassification", {"n_embd": 16, "n_layer": 2, "n_head": 2, "n_positions": 24}),
}
"""The class of the model, and what its config takes beside the sizes."""

ENCODER_DECODERS: dict[str, tuple[str, dict[str, Any]]] = {
    "bart classifier": ("BartForSequenceClassification", {**TWO, "num_labels": 3, "bos_token_id": 2}),
    "t5 classifier": ("T5ForSequenceClassification", {**TWO, "num_labels": 3, "num_layers": 1, "num_heads": 2}),
    "t5 generator": ("T5ForConditionalGeneration", {**TWO, "num_layers": 1, "num_heads": 2}),
}

KINKED: dict[str, tuple[str, dict[str, Any]]] = {
    "distilbert classifier": (
        "DistilBertForSequenceClassification",
        {"dim": 64, "n_layers": 2, "n_heads": 2, "hidden_dim": 128, "num_labels": 2},
    ),
}
"""Models with a relu: no rule converges fast."""


def model_of(kind: str) -> nn.Module:
    """A random model, none of whose weights is special: biases and gains are drawn, too.

    The test is skipped if the installed transformers has no such class.
    """
    import transformers

    name, own = {**MODELS, **ENCODER_DECODERS, **KINKED}[kind]
    skip_if(None if hasattr(transformers, name) else f"transformers {transformers.__version__} has no {name}")
    loader: Any = getattr(transformers, name)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model: nn.Module = loader(loader.config_class(**{**SIZES, **own}))
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.add_(torch.randn_like(parameter) * (0.2 if kind in KINKED else 0.1))
            if kind in KINKED:
                torch.manual_seed(1)
                for parameter in model.parameters():
                    if parameter.dim() > 1:
                        nn.init.normal_(parameter, 0, 0.2)
    return model.eval()


def tokenizer(*, decoder: bool = False) -> Any:
    """A word-piece tokenizer of WORDS; a decoder's adds no special tokens."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    vocabulary = {word: index for index, word in enumerate([*SPECIAL, *WORDS])}
    made = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    if not decoder:
        made.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    names = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    return PreTrainedTokenizerFast(tokenizer_object=made, mask_token="[MASK]", **names)


def save(kind: str, folder: Path) -> Path:
    """The model and its tokenizer in the folder."""
    model: Any = model_of(kind)
    model.save_pretrained(folder, safe_serialization=True)
    tokenizer(decoder="gpt2" in kind or "llama" in kind).save_pretrained(folder)
    return folder
