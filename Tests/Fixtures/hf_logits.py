"""Logits and token ids of the shipped softmax model, made with Hugging Face transformers and tokenizers.

    python3 hf_logits.py MODEL_DIR [OUT_DIR]

Writes logits.npz (float32 arithmetic on the F16 weights; `logits`, (24, vocab)), tokens.json (the 24 ids) and
tokenizer.json (texts with their ids: contractions, runs of white space, digits, bytes outside ASCII).
"""
import json
import os
import sys

import numpy as np
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import GPT2LMHeadModel

PROMPT = "It was a dark night, and the old man's lamp threw a long shadow across the floor of the little room."
TOKENS = 24
TEXTS = [
    PROMPT,
    "",
    " ",
    "I'll say they've gone; we'd, I'm, he's, don't, 'tis.",
    "two  spaces,   three\tand a tab\n\nA new paragraph.\n",
    "trailing spaces   ",
    "In 1843 there were 12,500 of them (about 3.7 per cent).",
    "\u201cCurly quotes\u201d \u2014 caf\u00e9, na\u00efve, \u00c6sop, \u6f22\u5b57, \U0001f600",
    "CHAPTER I\n\nDown the Rabbit-Hole",
]


def main(model_dir, out_dir):
    os.makedirs(out_dir, exist_ok=True)
    tokenizer = Tokenizer(models.BPE.from_file(os.path.join(model_dir, "vocab.json"), os.path.join(model_dir, "merges.txt")))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    cases = [{"text": text, "tokens": tokenizer.encode(text).ids} for text in TEXTS]
    for case in cases:
        assert tokenizer.decode(case["tokens"]) == case["text"], case
    ids = cases[0]["tokens"][:TOKENS]
    assert len(ids) == TOKENS

    model = GPT2LMHeadModel.from_pretrained(model_dir, dtype=torch.float32, attn_implementation="eager").eval()
    with torch.no_grad():
        logits = model(torch.tensor([ids])).logits[0].numpy()
    np.savez_compressed(os.path.join(out_dir, "logits.npz"), logits=logits.astype("<f4"))
    for name, document in (("tokens.json", ids), ("tokenizer.json", cases)):
        with open(os.path.join(out_dir, name), "w", newline="\n") as file:
            json.dump(document, file, indent=1 if name == "tokenizer.json" else None)
            file.write("\n")
    print(f"logits {logits.shape}, std {logits.std():.3f}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "hf-logits"))
