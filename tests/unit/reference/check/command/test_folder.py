"""Which folders the command can read, and the line that it gives for any other."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch

from tests.unit.reference.check.command.asking import TEXT, folder_of, folder_of_few_rows, run
from tests.unit.reference.check.saved import SPECIAL, WORDS


def damaged(folder: Path, target: Path, name: str, content: str | None) -> Path:
    """A copy of the folder with one file replaced, or removed."""
    shutil.copytree(folder, target)
    if content is None:
        (target / name).unlink()
    else:
        (target / name).write_text(content)
    return target


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("config.json", "{", "config.json is damaged"),
        ("config.json", None, "there is no config.json in"),
        ("config.json", '{"model_type": "own", "auto_map": {}}', "holds a 'own', which transformers"),
        ("config.json", '{"model_type": "own", "auto_map": {"AutoModel": "a.B"}}', "remote code is not run"),
        ("config.json", '{"model_type": "bert", "quantization_config": {"quant_method": "gptq"}}', "quantised (gptq)"),
        ("model.safetensors", "no weights", "model.safetensors is damaged"),
        ("model.safetensors", None, "there are no weights in"),
        ("tokenizer.json", None, "there is no tokenizer in"),
        ("tokenizer.json", "{", "the tokenizer in"),
    ],
)
def test_damaged_folder_is_one_line(tmp_path: Path, name: str, content: str | None, words: str) -> None:
    folder = damaged(folder_of("bert classifier"), tmp_path / "copy", name, content)
    status, out, err = run(folder, "--text", TEXT)
    assert (status, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1


def test_tokenizer_of_a_larger_vocabulary_is_one_line(tmp_path: Path) -> None:
    status, out, err = run(folder_of_few_rows(tmp_path / "copy"), "--text", TEXT)
    assert (status, out) == (2, "")
    assert "but the word embeddings have only 8 rows" in err
    assert err.count("\n") == 1


def without(folder: Path, target: Path, *prefixes: str) -> Path:
    """A copy of the folder that lacks the weights whose names begin so."""
    from safetensors.torch import load_file, save_file

    shutil.copytree(folder, target)
    weights = load_file(folder / "model.safetensors")
    kept = {name: one for name, one in weights.items() if not name.startswith(prefixes)}
    save_file(kept, target / "model.safetensors", {"format": "pt"})
    return target


@pytest.mark.parametrize("prefix", ["classifier.", "bert.pooler."])
def test_folder_without_the_weights_of_its_head_is_one_line(tmp_path: Path, prefix: str) -> None:
    folder = without(folder_of("bert classifier"), tmp_path / "copy", prefix)
    status, out, err = run(folder, "--text", TEXT)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert f"lacks 2 weights that F uses, so they would be random: {prefix}" in err


def test_random_weights_that_f_does_not_use_are_a_remark(tmp_path: Path) -> None:
    folder = without(folder_of("bert classifier"), tmp_path / "copy", "bert.pooler.")
    described = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**described, "architectures": ["BertModel"]}))
    status, out, err = run(folder, "--text", TEXT)
    assert status == 0, err
    said = " ".join(out.partition("\nnext ")[0].split())
    assert "remark 2 weights of the folder are no part of BertModel, and not used: classifier." in said
    assert "remark 2 weights are not in the folder, and F does not use them: pooler.dense." in said


@pytest.mark.parametrize(
    "architecture",
    [
        *("BertForTokenClassification", "BertForQuestionAnswering", "BertForMultipleChoice"),
        *(
            "BertForNextSentencePrediction",
            "ElectraForPreTraining",
            "GPT2DoubleHeadsModel",
            "ViTForImageClassification",
        ),
    ],
)
def test_head_that_is_not_explained_is_one_line(tmp_path: Path, architecture: str) -> None:
    folder = shutil.copytree(folder_of("bert classifier"), tmp_path / "copy")
    described = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**described, "architectures": [architecture]}))
    status, out, err = run(folder, "--text", TEXT)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert f"holds a {architecture}: the command explains ForSequenceClassification, ForCausalLM, ForMaskedLM" in err


@pytest.mark.parametrize("pickled", [False, True])
def test_weights_of_another_shape_are_one_line(tmp_path: Path, pickled: bool) -> None:
    folder = shutil.copytree(folder_of("roberta classifier"), tmp_path / "copy")
    described = json.loads((folder / "config.json").read_text())
    described["id2label"] = {str(index): str(index) for index in range(5)}
    (folder / "config.json").write_text(json.dumps(described))
    if pickled:
        as_pickle(folder)
    status, out, err = run(folder, "--text", TEXT, "--allow-pickle")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "classifier.out_proj.bias has the shape (3,) in the folder, but (5,) by config.json" in err


def test_model_of_images_is_one_line(tmp_path: Path) -> None:
    folder = shutil.copytree(folder_of("bert classifier"), tmp_path / "copy")
    for architecture, words in (("ViTModel", "no word embeddings"), ("OwnForSequenceClassification", "is it of text?")):
        (folder / "config.json").write_text(json.dumps({"model_type": "vit", "architectures": [architecture]}))
        status, out, err = run(folder, "--text", TEXT)
        assert (status, out, err.count("\n")) == (2, "", 1)
        assert words in err


def as_pickle(folder: Path) -> None:
    """The weights of the folder in the old format."""
    from safetensors.torch import load_file

    weights = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    torch.save(weights, folder / "pytorch_model.bin")


def test_pickled_weights_are_loaded_only_if_allowed(tmp_path: Path) -> None:
    folder = shutil.copytree(folder_of("bert classifier"), tmp_path / "copy")
    as_pickle(folder)
    status, _, err = run(folder, "--text", TEXT)
    assert status == 2
    assert "--allow-pickle loads them with weights_only=True" in err
    own = json.loads(run(folder, "--text", TEXT, "--allow-pickle", "--json")[1])
    other = json.loads(run(folder_of("bert classifier"), "--text", TEXT, "--json")[1])
    assert own["end"] == other["end"]


def test_weights_of_16_bits_stay_so(tmp_path: Path) -> None:
    from transformers import BertForSequenceClassification

    folder = shutil.copytree(folder_of("bert classifier"), tmp_path / "copy")
    with torch.random.fork_rng():
        model = BertForSequenceClassification.from_pretrained(folder).bfloat16()
    model.save_pretrained(folder, safe_serialization=True)
    found = json.loads(run(folder, "--text", TEXT, "--json")[1])
    single = json.loads(run(folder_of("bert classifier"), "--text", TEXT, "--json")[1])
    rounding = [one["columns"]["LIG word table"]["rounding"] for one in (found, single)]
    assert rounding[0] > 100 * rounding[1]
    assert any("model.float() in the call below makes it smaller" in step for step in found["next"])
    assert not any("Rounding in" in step for step in single["next"])


@pytest.mark.parametrize(
    ("config", "first", "how"),
    [
        (None, "[UNK]", "with upper and lower case"),
        ("{}", "[UNK]", "with upper and lower case"),
        ('{"do_lower_case": true}', "the", "in lower case"),
    ],
)
def test_vocabulary_alone_is_read_with_its_case(tmp_path: Path, config: str | None, first: str, how: str) -> None:
    folder = shutil.copytree(folder_of("bert classifier"), tmp_path / "copy")
    (folder / "tokenizer.json").unlink()
    (folder / "tokenizer_config.json").unlink()
    (folder / "vocab.txt").write_text("\n".join([*SPECIAL, *WORDS[:-1], "Dull"]))
    if config is not None:
        (folder / "tokenizer_config.json").write_text(config)
    found = json.loads(run(folder, "--text", "The film was good", "--json")[1])
    assert found["tokens"][1] == first
    assert any(f"the vocabulary of a BERT {how}; another tokenizer" in remark for remark in found["remarks"])
