"""LoRA adapters are loaded as they are: needs peft, which no environment of this project installs."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.unit.reference.check.command.asking import TEXT, folder_of, run


@pytest.mark.skipif(find_spec("peft") is None, reason="peft is not installed: pip install --no-deps peft accelerate")
def test_adapter_is_part_of_the_model(tmp_path: Path) -> None:
    from peft import LoraConfig, get_peft_model  # type: ignore[import-not-found, unused-ignore]
    from transformers import BertForSequenceClassification

    with torch.random.fork_rng():
        torch.manual_seed(0)
        base: Any = BertForSequenceClassification.from_pretrained(folder_of("bert classifier"))
        adapted = get_peft_model(base, LoraConfig(r=2, target_modules=["query"], task_type="SEQ_CLS"))
        with torch.no_grad():
            for name, weight in adapted.named_parameters():
                if "lora_B" in name:
                    weight.normal_()
        adapted.save_pretrained(tmp_path)
    own = json.loads(run(tmp_path, "--text", TEXT, "--target", 1, "--json")[1])
    without = json.loads(run(folder_of("bert classifier"), "--text", TEXT, "--target", 1, "--json")[1])
    assert own["end"] != without["end"]
    assert own["same_function"]


@pytest.mark.skipif(find_spec("peft") is not None, reason="peft is installed")
def test_adapter_without_peft_is_one_line(tmp_path: Path) -> None:
    described = {"base_model_name_or_path": str(folder_of("bert classifier"))}
    (tmp_path / "adapter_config.json").write_text(json.dumps(described))
    status, out, err = run(tmp_path, "--text", TEXT)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "is an adapter: pip install peft to load it" in err
