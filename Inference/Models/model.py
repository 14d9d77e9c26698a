"""GPT-2 with softmax or gain-cell attention, under Hugging Face's parameter names, and its folders on disk."""
import json
import math
import os
from dataclasses import dataclass

import torch
import torch.nn as nn
import torch.nn.functional as F

from head import attend_exact, attend_fused, attend_softmax

SCALED = ("q", "k", "v", "output")


@dataclass(frozen=True)
class Shape:
    layers: int = 8
    heads: int = 4
    width: int = 256
    context: int = 512
    vocabulary: int = 4096


class Scaler(nn.Module):
    """y = a x + b per head; target_std and target_mean are what adaptation aims at. x: (B, T, H, D).

    log a is trained: a itself is small where softmax had large queries, and a step of the optimizer could take it
    through the clamp at zero, from where no gradient leads back.
    """

    def __init__(self, heads, b):
        super().__init__()
        self.log_a, self.b = nn.Parameter(torch.zeros(1, heads, 1, 1)), nn.Parameter(torch.full((1, heads, 1, 1), b))
        self.register_buffer("target_std", torch.ones(1, heads, 1, 1))
        self.register_buffer("target_mean", torch.zeros(1, heads, 1, 1))

    def forward(self, x):
        return self.log_a.exp().transpose(1, 2) * x + self.b.transpose(1, 2)

    def multiply(self, ratio):
        self.log_a.add_(ratio.log())


class Attention(nn.Module):
    head = None                   # a head.Head, or None for softmax
    chips = None                  # head.Chips whose cells hold k and v, and the layer's place among them; None: nominal cells
    layer = 0

    def __init__(self, shape):
        super().__init__()
        self.heads = shape.heads
        self.c_attn = nn.Linear(shape.width, 3 * shape.width)
        self.c_proj = nn.Linear(shape.width, shape.width)

    def add_scalers(self):
        for name in SCALED:
            self.add_module(name + "_scaler", Scaler(self.heads, 0.45 if name in "kv" else 0.0).to(self.c_attn.weight.device))

    def forward(self, x, exact, seen):
        """x: (B, T, E). Returns the projection and, for softmax, the mean square of q and k. seen: dict that receives statistics, or None."""
        B, T, E = x.shape
        q, k, v = self.c_attn(x).view(B, T, 3, self.heads, E // self.heads).unbind(2)
        if self.head is None:
            energy = 0.5 * (q.float().square().mean() + k.float().square().mean())
            output = attend_softmax(q, k, v)
        else:
            energy = x.new_zeros(())
            q, k, v = self.q_scaler(q.float()), self.k_scaler(k.float()), self.v_scaler(v.float())
            cells = (None, None) if self.chips is None else (self.chips.cells(self.layer, array, B) for array in (0, 1))
            if exact or not x.is_cuda:
                output = attend_exact(q, k, v, self.head, *(c and tuple(x.transpose(1, 2) for x in c) for c in cells))
            else:
                output = attend_fused(q, k, v, self.head, *cells)
            output = self.output_scaler(output)
        if seen is not None:
            seen.update({name: moments(value) for name, value in zip(SCALED, (q, k, v, output))})
        return self.c_proj(output.reshape(B, T, E)), energy


class Mlp(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.c_fc = nn.Linear(shape.width, 4 * shape.width)
        self.c_proj = nn.Linear(4 * shape.width, shape.width)

    def forward(self, x):
        return self.c_proj(F.gelu(self.c_fc(x), approximate="tanh"))


class Block(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.ln_1, self.attn = nn.LayerNorm(shape.width), Attention(shape)
        self.ln_2, self.mlp = nn.LayerNorm(shape.width), Mlp(shape)

    def forward(self, x, exact=False, seen=None):
        attention, energy = self.attn(self.ln_1(x), exact, seen)
        x = x + attention
        return x + self.mlp(self.ln_2(x)), energy


class Gpt2(nn.Module):
    def __init__(self, shape=Shape()):
        super().__init__()
        self.shape = shape
        self.wte, self.wpe = nn.Embedding(shape.vocabulary, shape.width), nn.Embedding(shape.context, shape.width)
        self.h = nn.ModuleList(Block(shape) for _ in range(shape.layers))
        self.ln_f = nn.LayerNorm(shape.width)
        for name, parameter in self.named_parameters():
            if parameter.dim() == 2:
                residual = name.endswith("c_proj.weight")
                nn.init.normal_(parameter, 0, 0.02 / math.sqrt(2 * shape.layers) if residual else 0.02)
            elif name.endswith("bias"):
                nn.init.zeros_(parameter)

    def use(self, head):
        """Puts a gain-cell head (or None: softmax) into every layer; scalers appear on first use, a = 1."""
        for block in self.h:
            if head is not None and not hasattr(block.attn, "q_scaler"):
                block.attn.add_scalers()
            block.attn.head = head
        return self

    def put_on(self, chips):
        """The cells that hold keys and values from now on; None: nominal ones."""
        for layer, block in enumerate(self.h):
            block.attn.chips, block.attn.layer = chips, layer
        return self

    def loss(self, tokens, targets, energy_weight, head_loss):
        """Training loss; the energy of q and k keeps softmax heads from growing until they no longer learn."""
        x, energy = self.wte(tokens) + self.wpe.weight[:tokens.shape[1]], 0.0
        for block in self.h:
            x, layer_energy = block(x)
            energy = energy + layer_energy
        return head_loss(x, self.ln_f.weight, self.ln_f.bias, self.wte.weight, targets), energy_weight * energy

    def forward(self, tokens, seen=None):
        """Logits (B, T, vocabulary) by the plain, exact path. seen: list that receives the moments of each layer."""
        x = self.wte(tokens) + self.wpe.weight[:tokens.shape[1]]
        for block in self.h:
            layer = None if seen is None else {}
            x, _ = block.forward(x, exact=True, seen=layer)      # not __call__, which may be compiled
            if seen is not None:
                seen.append(layer)
        return F.linear(self.ln_f(x), self.wte.weight)


def head_loss(x, weight, bias, wte, targets):
    """Cross entropy in nats per token, from the last residual stream."""
    x = F.layer_norm(x, x.shape[-1:], weight, bias, 1e-5)
    return F.cross_entropy(F.linear(x, wte).float().flatten(0, 1), targets.flatten())


def moments(x):
    """Standard deviation and mean per head, each (1, H, 1, 1); x: (B, T, H, D)."""
    heads = x.float().transpose(1, 2).transpose(0, 1).flatten(1)
    return heads.std(1, unbiased=False).view(1, -1, 1, 1), heads.mean(1).view(1, -1, 1, 1)


# ---- Hugging Face folders ------------------------------------------------------------------------------------------

def _conv1d(name):
    return name.endswith(("c_attn.weight", "c_proj.weight", "c_fc.weight"))


def save(model, folder, tokenizer_dir=None, cell_document=None):
    """config.json and model.safetensors (F16, scalers F32), with vocab.json and merges.txt of tokenizer_dir."""
    os.makedirs(folder, exist_ok=True)
    tensors = {}
    for name, value in model.state_dict().items():
        value = value.detach().t() if _conv1d(name) else value.detach()
        if name.endswith("log_a"):
            name, value = name.replace("log_a", "a"), value.exp()
        tensors["transformer." + name] = value.to(torch.float32 if "_scaler" in name else torch.float16).cpu().contiguous()
    write_safetensors(os.path.join(folder, "model.safetensors"), tensors)
    shape = model.shape
    config = {"architectures": ["GPT2LMHeadModel"], "model_type": "gpt2", "activation_function": "gelu_new",
              "n_layer": shape.layers, "n_head": shape.heads, "n_embd": shape.width, "n_positions": shape.context, "n_ctx": shape.context,
              "vocab_size": shape.vocabulary, "layer_norm_epsilon": 1e-5, "tie_word_embeddings": True, "torch_dtype": "float16",
              "bos_token_id": shape.vocabulary - 1, "eos_token_id": shape.vocabulary - 1,
              "attn_pdrop": 0.0, "embd_pdrop": 0.0, "resid_pdrop": 0.0}
    if cell_document is not None:
        config["gain_cell"] = {part: cell_document[part] for part in ("schema", "name", "transfer", "storage", "input", "readout")
                               if part in cell_document}
    with open(os.path.join(folder, "config.json"), "w", newline="\n") as file:
        json.dump(config, file, indent=2)
        file.write("\n")
    for name in ("vocab.json", "merges.txt") if tokenizer_dir else ():
        with open(os.path.join(tokenizer_dir, name), "rb") as source, open(os.path.join(folder, name), "wb") as target:
            target.write(source.read())


def load(folder, device):
    with open(os.path.join(folder, "config.json")) as file:
        config = json.load(file)
    model = Gpt2(Shape(config["n_layer"], config["n_head"], config["n_embd"], config["n_positions"], config["vocab_size"]))
    tensors = {name[len("transformer."):]: value for name, value in read_safetensors(os.path.join(folder, "model.safetensors")).items()}
    if "h.0.attn.q_scaler.a" in tensors:
        for block in model.h:
            block.attn.add_scalers()
    for name in [name for name in tensors if name.endswith("_scaler.a")]:
        tensors[name[:-1] + "log_a"] = tensors.pop(name).clamp(min=1e-20).log()
    model.load_state_dict({name: (value.t() if _conv1d(name) else value).float() for name, value in tensors.items()})
    return model.to(device)


SAFETENSORS_TYPES = {torch.float16: "F16", torch.float32: "F32"}


def write_safetensors(path, tensors):
    """Length of the header (u64), header (JSON, padded to 8 bytes), tensors back to back, little-endian."""
    header, offset = {"__metadata__": {"format": "pt"}}, 0
    for name, tensor in sorted(tensors.items()):
        size = tensor.numel() * tensor.element_size()
        header[name] = {"dtype": SAFETENSORS_TYPES[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for _, tensor in sorted(tensors.items()):
            file.write(tensor.numpy().tobytes())


def read_safetensors(path):
    with open(path, "rb") as file:
        data = bytearray(file.read())
    start = 8 + int.from_bytes(data[:8], "little")
    types = {label: dtype for dtype, label in SAFETENSORS_TYPES.items()}
    tensors = {}
    for name, entry in json.loads(bytes(data[8:start])).items():
        if name != "__metadata__":
            first, last = entry["data_offsets"]
            flat = torch.frombuffer(data, dtype=types[entry["dtype"]], offset=start + first, count=(last - first) // (2 if entry["dtype"] == "F16" else 4))
            tensors[name] = flat.view(entry["shape"]).clone()
    return tensors
