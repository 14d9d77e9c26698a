"""The corpus: a byte-level BPE of 4,095 tokens and `<|endoftext|>`, books as token arrays, batches on the device.

    python3 corpus.py --corpus books.txt.xz --tokens DIR [--tokenizer DIR]

Books are separated by a line with U+001C; the last three are the validation text. DIR receives vocab.json,
merges.txt (trained on the training books unless --tokenizer names a folder that has them), train.npy,
validation.npy (uint16) and corpus.json.
"""
import argparse
import json
import lzma
import os
import shutil
from multiprocessing import Pool

import numpy as np
import torch

SEPARATOR = "\n\n\x1c\n"
VALIDATION_BOOKS = 3
VOCABULARY = 4096
END_OF_TEXT = VOCABULARY - 1


def read_books(path):
    with lzma.open(path) as file:
        text = file.read().decode("ascii")
    return text.replace("\r\n", "\n").replace("\r", "\n").split(SEPARATOR)


def pieces(text, characters):
    """Cuts before a blank between two letters, where GPT-2's pre-tokenizer always cuts: the tokens stay the same."""
    start = 0
    while start + characters < len(text) - 2:
        end = start + characters
        while end < len(text) - 1 and not (text[end] == " " and text[end - 1].isalpha() and text[end + 1].isalpha()):
            end += 1
        yield text[start:end]
        start = end
    yield text[start:]


def train_tokenizer(books, folder):
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(vocab_size=VOCABULARY - 1, min_frequency=2, show_progress=False, special_tokens=[],
                                  initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator((piece for book in books for piece in pieces(book, 50_000)), trainer)
    tokenizer.model.save(folder)
    path = os.path.join(folder, "vocab.json")
    with open(path) as file:
        vocabulary = json.load(file)
    assert len(vocabulary) == VOCABULARY - 1
    vocabulary["<|endoftext|>"] = END_OF_TEXT
    with open(path, "w") as file:
        json.dump(vocabulary, file, ensure_ascii=False)


def load_tokenizer(folder):
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    tokenizer = Tokenizer(models.BPE.from_file(os.path.join(folder, "vocab.json"), os.path.join(folder, "merges.txt")))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def _start_worker(folder):
    global _tokenizer
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    _tokenizer = load_tokenizer(folder)


def _encode(text):
    return np.asarray(_tokenizer.encode(text).ids, dtype=np.uint16)


def encode_books(books, pool):
    """Token ids of all books, uint16, each book followed by <|endoftext|>."""
    work, last_piece = [], []
    for book in books:
        work += pieces(book, 200_000)
        last_piece.append(len(work))
    encoded = pool.map(_encode, work, chunksize=4)
    for end in last_piece:
        encoded[end - 1] = np.append(encoded[end - 1], np.uint16(END_OF_TEXT))
    return np.concatenate(encoded)


def build(corpus_path, tokens_dir, tokenizer_dir=None):
    os.makedirs(tokens_dir, exist_ok=True)
    books = read_books(corpus_path)
    training, validation = books[:-VALIDATION_BOOKS], books[-VALIDATION_BOOKS:]
    if tokenizer_dir is None:
        train_tokenizer(training, tokens_dir)
    else:
        for name in ("vocab.json", "merges.txt"):
            shutil.copy(os.path.join(tokenizer_dir, name), tokens_dir)
    facts = {"books": len(books), "validation_books": VALIDATION_BOOKS}
    with Pool(os.cpu_count(), _start_worker, (tokens_dir,)) as pool:
        for name, part in (("validation", validation), ("train", training)):
            tokens = encode_books(part, pool)
            np.save(os.path.join(tokens_dir, name + ".npy"), tokens)
            facts[name + "_tokens"], facts[name + "_characters"] = len(tokens), sum(map(len, part))
    with open(os.path.join(tokens_dir, "corpus.json"), "w") as file:
        json.dump(facts, file, indent=1)
    print(facts, flush=True)


class Corpus:
    """Tokens on the device. An epoch cuts the training text into windows from a random first token, in random order."""

    def __init__(self, tokens_dir, device):
        load = lambda name: np.load(os.path.join(tokens_dir, name + ".npy")).astype(np.int16)
        self.device = device
        self.train = torch.from_numpy(load("train")).to(device)
        self.validation = torch.from_numpy(load("validation")).to(device).long()
        with open(os.path.join(tokens_dir, "corpus.json")) as file:
            self.facts = json.load(file)
        self.characters_per_token = self.facts["validation_characters"] / self.facts["validation_tokens"]

    def batches(self, batch, context, seed):
        """Endless pairs (inputs, targets), each (batch, context), int64."""
        random = torch.Generator(device=self.device)
        random.manual_seed(seed)
        span = torch.arange(context + 1, device=self.device)
        while True:
            first = torch.randint(0, context, (1,), generator=random, device=self.device)
            windows = (self.train.numel() - context - 1) // context
            starts = torch.randperm(windows, generator=random, device=self.device) * context + first
            for rows in starts.split(batch):
                if len(rows) == batch:
                    tokens = self.train[rows[:, None] + span].long()
                    yield tokens[:, :-1], tokens[:, 1:]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--corpus", required=True, help="books.txt.xz")
    parser.add_argument("--tokens", required=True, help="folder to write")
    parser.add_argument("--tokenizer", help="folder with vocab.json and merges.txt to use instead of training one")
    arguments = parser.parse_args()
    build(arguments.corpus, arguments.tokens, arguments.tokenizer)
