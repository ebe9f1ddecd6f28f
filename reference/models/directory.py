"""A Hugging Face model in a folder: config, weights and tokenizer, read without running anything that lies there."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn

from reference.models.heads import HEADS, CannotLoad, kind_of
from reference.violation import first_line

__all__ = ["CannotLoad", "Loaded", "load", "longest_text", "within_table"]


@dataclass(frozen=True)
class Loaded:
    """A model in eval mode with its tokenizer. `kind` is one of HEADS; `remarks` are for the user.

    `missing` are the weights that the folder lacks, by name: they are random.
    """

    path: str
    kind: str
    model: nn.Module
    tokenizer: Any
    pickled: bool
    remarks: tuple[str, ...] = ()
    missing: Mapping[str, Tensor] = field(default_factory=dict)

    @property
    def loader(self) -> str:
        """The class of transformers that loads the model."""
        return HEADS[self.kind][1]

    @property
    def config(self) -> Any:
        return self.model.config


def load(path: str, *, allow_pickle: bool = False, with_tokenizer: bool = True) -> Loaded:
    """The model in the folder, with its tokenizer unless that is not wanted.

    Raises   CannotLoad with one line
    """
    folder = Path(path)
    if not folder.is_dir():
        raise CannotLoad(f"{path} is not a folder")
    if (folder / "adapter_config.json").is_file():
        return _adapter(folder, allow_pickle, with_tokenizer)
    try:
        import transformers
    except ImportError:
        raise CannotLoad('the command needs transformers: pip install "ig-conformance[suite]"') from None
    transformers.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    described = _json(folder, "config.json")
    if described.get("quantization_config"):
        how = described["quantization_config"].get("quant_method", "an unknown method")
        raise CannotLoad(
            f"the weights in {path} are quantised ({how}): they have no float64 copy to compare "
            "with; pass the folder of the weights before they were quantised"
        )
    pickled, weights, names = _weights(folder, allow_pickle)
    remarks: list[str] = []
    model_type = described.get("model_type")
    if model_type is None:
        model_type = next((name.split(".")[0] for name in names if name.split(".")[0] in _known()), None)
        if model_type is None and "embeddings.token_type_embeddings.weight" in names:
            model_type = "bert"
        if model_type is None:
            raise CannotLoad(f"{path}/config.json names no model_type")
        remarks.append(f"config.json names no model_type: the weights are named like those of {model_type!r}")
    if model_type not in _known():
        if described.get("auto_map"):
            raise CannotLoad(f"{path} needs its own code (auto_map in config.json): remote code is not run")
        raise CannotLoad(f"{path} holds a {model_type!r}, which transformers {transformers.__version__} does not know")
    kind = kind_of(path, described, names)
    try:
        config = transformers.AutoConfig.for_model(
            model_type, **{k: v for k, v in described.items() if k != "model_type"}
        )
        if config.is_encoder_decoder and kind != "classifier":
            raise CannotLoad(
                f"{path} generates text by an encoder and a decoder, and F of it needs decoder inputs: use "
                "check_layer_integrated_gradients with both tables"
            )
        if kind == "classifier" and "classifier.weight" in names and names["classifier.weight"] is not None:
            labels = names["classifier.weight"][0]
            if config.num_labels != labels:
                remarks.append(
                    f"config.json names {config.num_labels} labels, but the head has {labels}: names are lost"
                )
            config.num_labels = labels
        loader = getattr(transformers, HEADS[kind][1])
        if type(config) not in loader._model_mapping:
            raise CannotLoad(f"{path} holds a {model_type!r} model, which {HEADS[kind][1]} cannot load: is it of text?")
        given: dict[str, Any] = {"config": config, "local_files_only": True, "trust_remote_code": False}
        with torch.random.fork_rng(devices=[]):
            if pickled:
                model, info = _filled(loader.from_config(config), weights)
            else:
                given |= {"use_safetensors": True, "torch_dtype": "auto", "output_loading_info": True}
                model, info = loader.from_pretrained(folder, ignore_mismatched_sizes=True, **given)
    except CannotLoad:
        raise
    except Exception as error:  # whatever transformers raises for a damaged folder
        raise CannotLoad(f"{path} cannot be loaded: {type(error).__name__}: {first_line(error)}") from error
    own = model.state_dict(keep_vars=True)
    for one in sorted(info["mismatched_keys"], key=str):
        name = one if isinstance(one, str) else one[0]
        same = (size for key, size in names.items() if f".{key}".endswith(f".{name}") or f".{name}".endswith(f".{key}"))
        theirs = next((f"has the shape {tuple(size)}" for size in same), "has another shape")
        raise CannotLoad(
            f"{path}: {name} {theirs} in the folder, but {tuple(own[name].shape)} by config.json: correct config.json "
            "(id2label, vocab_size, …)"
        )
    if not _has_word_table(model):
        raise CannotLoad(f"{path} holds a {type(model).__name__}, which has no word embeddings: is it a model of text?")
    unexpected = sorted(name for name in info["unexpected_keys"] if "position_ids" not in name)
    if unexpected:
        some = ", ".join(unexpected[:3]) + (", …" if len(unexpected) > 3 else "")
        remarks.append(
            f"{len(unexpected)} weights of the folder are no part of {type(model).__name__}, and not used: {some}"
        )
    prefix = f"{model.base_model_prefix}."  # transformers 4 says it of weights of a bare model, too
    lacking = {name if name in own else name.removeprefix(prefix) for name in info["missing_keys"]}
    missing = {name: own[name] for name in sorted(lacking) if name in own}
    tokenizer = _tokenizer(folder, remarks) if with_tokenizer else None
    return Loaded(path, kind, model.eval(), tokenizer, pickled, tuple(remarks), missing)


def within_table(model: Any, tokenizer: Any, ids: Iterable[int]) -> None:
    """Whether the word embeddings have a row for each id.

    Raises   CannotLoad with one line if they do not
    """
    rows = len(model.get_input_embeddings().weight)
    if (largest := max(ids)) >= rows:
        token = tokenizer.convert_ids_to_tokens(largest)
        raise CannotLoad(
            f"the tokenizer gives the id {largest} ({token!r}), but the word embeddings have only {rows} rows: is this "
            "the tokenizer of the model?"
        )


def _has_word_table(model: Any) -> bool:
    try:
        return isinstance(model.get_input_embeddings(), nn.Embedding)
    except (NotImplementedError, AttributeError):
        return False


def longest_text(config: Any) -> int | None:
    """The most tokens that the model takes, by its position table."""
    longest: int | None = getattr(config, "max_position_embeddings", None) or getattr(config, "n_positions", None)
    if longest is not None and config.model_type in ("roberta", "xlm-roberta", "camembert", "mpnet"):
        longest -= (config.pad_token_id or 0) + 1
    return longest


def _filled(model: nn.Module, weights: dict[str, Tensor]) -> tuple[nn.Module, dict[str, list[str]]]:
    """The model with these weights, in their dtype, and what transformers says of the loading."""
    prefix = f"{getattr(model, 'base_model_prefix', '')}."
    own = model.state_dict()
    renamed: dict[str, Tensor] = {}
    unexpected = []
    for name, value in weights.items():
        for candidate in (name, prefix + name, name.removeprefix(prefix)):
            if candidate in own:
                renamed[candidate] = value
                break
        else:
            unexpected.append(name)
    if not renamed:
        raise ValueError("none of the weights is one of the model's")
    floats = [value.dtype for value in renamed.values() if value.is_floating_point()]
    model.to(floats[0])
    mismatched = [name for name, value in renamed.items() if value.shape != own[name].shape]
    fitting = {name: value for name, value in renamed.items() if name not in mismatched}
    missing = model.load_state_dict(fitting, strict=False).missing_keys
    if hasattr(model, "tie_weights"):
        cast(Any, model).tie_weights()
    tied = {id(value) for name, value in model.state_dict(keep_vars=True).items() if name in renamed}
    own = model.state_dict(keep_vars=True)
    missing = [name for name in missing if id(own[name]) not in tied and "position_ids" not in name]
    return model, {"missing_keys": missing, "mismatched_keys": mismatched, "unexpected_keys": unexpected}


def _known() -> Mapping[str, Any]:
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING_NAMES

    known: Mapping[str, Any] = CONFIG_MAPPING_NAMES
    return known


def _json(folder: Path, name: str) -> dict[str, Any]:
    try:
        found = json.loads((folder / name).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CannotLoad(f"there is no {name} in {folder}") from None
    except (OSError, ValueError) as error:
        raise CannotLoad(f"{folder}/{name} is damaged: {first_line(error)}") from error
    if not isinstance(found, dict):
        raise CannotLoad(f"{folder}/{name} is damaged: it holds no object")
    return found


def _weights(folder: Path, allow_pickle: bool) -> tuple[bool, dict[str, Tensor], dict[str, Any]]:
    """Whether the weights are pickled; if so, the weights; and the shapes by name."""
    safe = sorted(folder.glob("*.safetensors"))
    if safe:
        from safetensors import safe_open

        names: dict[str, Any] = {}
        try:
            for file in safe:
                with safe_open(file, framework="pt") as opened:
                    names.update({name: opened.get_slice(name).get_shape() for name in opened.keys()})  # noqa: SIM118
        except Exception as error:  # safetensors has its own
            raise CannotLoad(f"{file} is damaged: {first_line(error)}") from error
        return False, {}, names
    pickles = sorted(folder.glob("pytorch_model*.bin"))
    if not pickles:
        raise CannotLoad(f"there are no weights in {folder} (*.safetensors, pytorch_model*.bin)")
    if not allow_pickle:
        raise CannotLoad(f"the weights in {folder} are pickled: --allow-pickle loads them with weights_only=True")
    weights: dict[str, Tensor] = {}
    for file in pickles:
        try:
            weights.update(torch.load(file, map_location="cpu", weights_only=True))
        except Exception as error:  # a damaged file, or a pickle that would run code
            raise CannotLoad(f"{file} is damaged, or does not contain weights alone: {first_line(error)}") from error
    weights = {name.replace("gamma", "weight").replace("beta", "bias"): value for name, value in weights.items()}
    return True, weights, {name: tuple(value.shape) for name, value in weights.items()}


def _tokenizer(folder: Path, remarks: list[str]) -> Any:
    import transformers

    present = {path.name for path in folder.iterdir()}
    files = {"tokenizer.json", "vocab.json", "spiece.model", "sentencepiece.bpe.model", "tokenizer.model"}
    try:
        if "vocab.txt" in present and not files & present:
            words = (folder / "vocab.txt").read_text(encoding="utf-8").splitlines()
            lower = not any(word != word.lower() for word in words if not word.startswith("["))
            if "tokenizer_config.json" in present:
                lower = bool(_json(folder, "tokenizer_config.json").get("do_lower_case", lower))
            how = "in lower case" if lower else "with upper and lower case"
            remarks.append(
                f"there is no tokenizer.json: vocab.txt is read as the vocabulary of a BERT {how}; another tokenizer "
                "may give the text other ids"
            )
            return transformers.BertTokenizer(str(folder / "vocab.txt"), do_lower_case=lower)
        if not files & present:
            raise CannotLoad(f"there is no tokenizer in {folder} (tokenizer.json, vocab.txt, …)")
        return transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except CannotLoad:
        raise
    except Exception as error:  # whatever transformers raises for a damaged tokenizer
        raise CannotLoad(f"the tokenizer in {folder} cannot be loaded: {first_line(error)}") from error


def _adapter(folder: Path, allow_pickle: bool, with_tokenizer: bool) -> Loaded:
    """A LoRA adapter: the base model with the adapter's modules in it, not merged."""
    described = _json(folder, "adapter_config.json")
    base = str(described.get("base_model_name_or_path") or "")
    place = Path(base) if Path(base).is_absolute() else folder / base
    if not base or not (place / "config.json").is_file():
        raise CannotLoad(f"{folder} is an adapter of {base!r}, which is no folder here: nothing is downloaded")
    try:
        from peft import PeftModel  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        raise CannotLoad(f"{folder} is an adapter: pip install peft to load it") from None
    loaded = load(str(place), allow_pickle=allow_pickle, with_tokenizer=with_tokenizer)
    try:
        with torch.random.fork_rng(devices=[]):  # peft draws weights before it reads them
            model = PeftModel.from_pretrained(loaded.model, str(folder))
    except Exception as error:  # whatever peft raises for a damaged folder
        raise CannotLoad(f"{folder} cannot be loaded: {first_line(error)}") from error
    return replace(loaded, path=str(folder), model=model.eval())
