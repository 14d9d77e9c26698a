"""Small random GPT-2 models with their logits and greedy continuations, made with Hugging Face transformers (4.40 or later) and PyTorch.

    python3 hf_random.py [OUT_DIR]

One folder per case, as `save_pretrained` writes it, and beside the model
expected.json (`tokens`; `prompt`, the first of them; `generated`, the 16 greedy tokens after the prompt) and
logits.npz (`float32` and `float64`, (tokens, vocab): arithmetic of that precision on the weights as the file holds them).
"""
import json
import os
import shutil
import sys

import numpy as np
import torch

PROMPT = 12
GENERATED = 16
MARGIN = 0.02  # every greedy token leads by so much; rounding in float32 moves logits by about 1e-5

CASES = {
    "base-f32": dict(n_layer=2, n_head=4, n_embd=64, n_positions=64, vocab_size=101, base=True),
    "base-f16": dict(n_layer=2, n_head=2, n_embd=32, n_positions=64, vocab_size=97, base=True, dtype="float16"),
    "inner-gelu-f32": dict(n_layer=3, n_head=3, n_embd=48, n_inner=100, n_positions=48, vocab_size=89, activation_function="gelu", tie_word_embeddings=False),
    "narrow-f32": dict(n_layer=1, n_head=2, n_embd=32, n_positions=40, vocab_size=97, tokens=40),
    "tied-f16": dict(n_layer=2, n_head=4, n_embd=64, n_positions=64, vocab_size=101, dtype="float16"),
    "head-bf16": dict(n_layer=3, n_head=3, n_embd=48, n_positions=48, vocab_size=89, dtype="bfloat16", tie_word_embeddings=False),
    "sharded-f32": dict(n_layer=3, n_head=3, n_embd=48, n_positions=48, vocab_size=89, tie_word_embeddings=False, max_shard_size="100KB"),
    "epsilon-f32": dict(n_layer=2, n_head=2, n_embd=32, n_positions=48, vocab_size=61, layer_norm_epsilon=0.1, activation_function="gelu_pytorch_tanh"),
    "inverse-layer-f32": dict(n_layer=3, n_head=2, n_embd=32, n_positions=48, vocab_size=61, scale_attn_by_inverse_layer_idx=True),
    "unscaled-f32": dict(n_layer=2, n_head=2, n_embd=32, n_positions=48, vocab_size=61, scale_attn_weights=False),
}


def draw(model, seed):
    """Every parameter anew, biases and norms too: matrices N(0, 1.5/inputs), embeddings N(0, 0.09), biases N(0, 0.04), gains 1 + N(0, 0.04)."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            if parameter.dim() == 1:
                parameter.copy_((1.0 if name.endswith("weight") else 0.0) + 0.2 * noise)
            elif "wte" in name or "wpe" in name:
                parameter.copy_(0.3 * noise)
            else:
                inputs = parameter.shape[1] if "lm_head" in name else parameter.shape[0]
                parameter.copy_((1.5 / inputs) ** 0.5 * noise)


def greedy(logits_of, prompt):
    """Tokens after the prompt, everything read again for each of them, and the smallest lead of a chosen token."""
    tokens, lead = list(prompt), float("inf")
    for _ in range(GENERATED):
        best = torch.topk(logits_of(tokens)[-1], 2)
        lead = min(lead, float(best.values[0] - best.values[1]))
        tokens.append(int(best.indices[0]))
    return tokens[len(prompt):], lead


def record(folder, tokens, generated, single, double):
    with open(os.path.join(folder, "expected.json"), "w", newline="\n") as file:
        json.dump({"tokens": tokens, "prompt": tokens[:PROMPT], "generated": generated}, file)
        file.write("\n")
    np.savez_compressed(os.path.join(folder, "logits.npz"), float32=single.astype("<f4"), float64=double.astype("<f8"))


def save(folder, case, seed):
    from transformers import GPT2Config, GPT2LMHeadModel

    own = ("base", "dtype", "tokens", "max_shard_size")
    config = GPT2Config(**{key: value for key, value in case.items() if key not in own}, bos_token_id=None, eos_token_id=None)
    model = GPT2LMHeadModel(config).eval()
    draw(model, seed)
    model = model.to(getattr(torch, case.get("dtype", "float32")))
    shutil.rmtree(folder, ignore_errors=True)
    saved = model.transformer if case.get("base") else model
    saved.save_pretrained(folder, **({"max_shard_size": case["max_shard_size"]} if "max_shard_size" in case else {}))
    generation = os.path.join(folder, "generation_config.json")
    if os.path.exists(generation):
        os.remove(generation)


def attempt(folder, case, seed):
    """True if the greedy continuation is clear of ties."""
    from transformers import GPT2LMHeadModel

    save(folder, case, seed)
    model = GPT2LMHeadModel.from_pretrained(folder, attn_implementation="eager").float().eval()
    generator = torch.Generator().manual_seed(seed + 1000)
    tokens = torch.randint(case["vocab_size"], (case.get("tokens", 24),), generator=generator).tolist()

    def logits_of(ids):
        with torch.no_grad():
            return model(torch.tensor([ids])).logits[0]

    generated, lead = greedy(logits_of, tokens[:PROMPT])
    if lead < MARGIN or len(set(generated)) < 4:
        return False
    prompt = torch.tensor([tokens[:PROMPT]])
    cached = model.generate(prompt, attention_mask=torch.ones_like(prompt), do_sample=False, max_new_tokens=GENERATED, use_cache=True, pad_token_id=0)
    assert cached[0, PROMPT:].tolist() == generated, (folder, cached, generated)
    single = logits_of(tokens).numpy()
    model = model.double()
    double = logits_of(tokens).numpy()
    assert double.dtype == np.float64 and np.abs(single - double).max() < 1e-4, folder
    record(folder, tokens, generated, single, double)
    print(f"{folder}: seed {seed}, lead {lead:.3f}, logits std {double.std():.2f}, float32 - float64 {np.abs(single - double).max():.1e}")
    return True


def main(out_dir):
    for name, case in CASES.items():
        folder = os.path.join(out_dir, name)
        assert any(attempt(folder, case, seed) for seed in range(1, 200)), name
        assert os.path.exists(os.path.join(folder, "model.safetensors.index.json" if "max_shard_size" in case else "model.safetensors")), name


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "hf-random"))
