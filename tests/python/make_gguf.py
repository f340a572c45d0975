"""Writes a model with random weights as GGUF: a real byte-level BPE tokenizer, a ChatML template and tokens to fill in the middle.

It knows nothing, but everything around its weights is as in models that people use. Needs `pip install gguf`, and no network.

    make_gguf.py tiny.gguf
    make_gguf.py think.gguf --think
    make_gguf.py 1b.gguf --layers 16 --width 2048 --heads 32 --key-heads 8 --inner 8192 --vocabulary 32768 --context 8192 --type q8_0
"""

import argparse
import collections
import pathlib
import re
import sysconfig

import gguf
import numpy

CONTROL = [
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|fim_prefix|>",
    "<|fim_middle|>",
    "<|fim_suffix|>",
    "<|fim_pad|>",
    "<|repo_name|>",
    "<|file_sep|>",
]
VISIBLE = ["<think>", "</think>"]

CHAT = """\
{%- for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}{%- endfor %}\
{%- if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{%- endif %}"""

# The server knows a template for one of a reasoning model by what it does with `reasoning_content`.
THINKING_CHAT = """\
{%- for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' }}\
{%- if message['role'] == 'assistant' and message.get('reasoning_content') %}\
{{ '<think>\\n' + message['reasoning_content'] + '\\n</think>\\n\\n' }}{%- endif %}\
{{ message['content'] + '<|im_end|>\\n' }}{%- endfor %}\
{%- if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}\
{%- if enable_thinking is not defined or enable_thinking %}{{ '<think>\\n' }}\
{%- else %}{{ '<think>\\n\\n</think>\\n\\n' }}{%- endif %}{%- endif %}"""

FILE_TYPES = {"f32": 0, "f16": 1, "q4_0": 2, "q8_0": 7}
QUANTIZED = {"q4_0": gguf.GGMLQuantizationType.Q4_0, "q8_0": gguf.GGMLQuantizationType.Q8_0}


def byte_letters():
    """The letter that stands for each byte in GPT-2's vocabulary."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in plain]
    letters = {byte: chr(byte) for byte in plain}
    return letters | {byte: chr(256 + place) for place, byte in enumerate(others)}


def train(merges_wanted):
    """Tokens and merges, learned from some files of Python's standard library."""
    letters = byte_letters()
    library = pathlib.Path(sysconfig.get_paths()["stdlib"])
    text = "".join(file.read_text("utf-8", "ignore")[:40_000] for file in sorted(library.glob("*.py"))[:12])
    pieces = re.findall(r"'(?:[sdmt]|ll|ve|re)| ?[A-Za-z]+|[0-9]| ?[^\sA-Za-z0-9]+|\s+(?!\S)|\s+", text)
    words = {tuple(letters[byte] for byte in word.encode()): count for word, count in collections.Counter(pieces).most_common(2000)}
    tokens, merges = [letters[byte] for byte in range(256)], []
    for _ in range(merges_wanted):
        pairs = collections.Counter()
        for word, count in words.items():
            for pair in zip(word, word[1:]):
                pairs[pair] += count
        first, second = max(pairs.items(), key=lambda entry: (entry[1], entry[0]))[0]
        merges.append(f"{first} {second}")
        tokens.append(first + second)
        words = merged(words, first, second)
    return list(dict.fromkeys(tokens)), merges


def merged(words, first, second):
    """The words with a pair of tokens made one."""
    result = collections.Counter()
    for word, count in words.items():
        new, at = [], 0
        while at < len(word):
            if word[at : at + 2] == (first, second):
                new.append(first + second)
                at += 2
            else:
                new.append(word[at])
                at += 1
        result[tuple(new)] += count
    return result


def write_tokenizer(writer, options):
    """Writes the tokenizer; hands back the size of the vocabulary."""
    tokens, merges = train(options.merges)
    types = [gguf.TokenType.NORMAL] * len(tokens)
    ids = {}
    for word in CONTROL + VISIBLE:
        ids[word] = len(tokens)
        tokens.append(word)
        types.append(gguf.TokenType.CONTROL if word in CONTROL else gguf.TokenType.USER_DEFINED)
    # Rows of the output matrix are quantized by 32.
    wanted = max(options.vocabulary, -(-len(tokens) // 32) * 32)
    unused = range(len(tokens), wanted)
    tokens += [f"<|unused_{number}|>" for number in unused]
    types += [gguf.TokenType.UNUSED] * len(unused)
    writer.add_vocab_size(wanted)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    writer.add_token_merges(merges)
    writer.add_eos_token_id(ids["<|im_end|>"])
    writer.add_bos_token_id(ids["<|endoftext|>"])
    writer.add_pad_token_id(ids["<|endoftext|>"])
    writer.add_add_bos_token(False)
    marks = {"pre": "prefix", "suf": "suffix", "mid": "middle", "pad": "pad"}
    for key, word in marks.items():
        writer.add_uint32(f"tokenizer.ggml.fim_{key}_token_id", ids[f"<|fim_{word}|>"])
    writer.add_uint32("tokenizer.ggml.fim_rep_token_id", ids["<|repo_name|>"])
    writer.add_uint32("tokenizer.ggml.fim_sep_token_id", ids["<|file_sep|>"])
    writer.add_chat_template(THINKING_CHAT if options.think else CHAT)
    return wanted


def write_settings(writer, options):
    """Writes what a loader must know of the architecture."""
    writer.add_name(f"random-{options.architecture}")
    writer.add_context_length(options.context)
    writer.add_embedding_length(options.width)
    writer.add_block_count(options.layers)
    writer.add_feed_forward_length(options.inner)
    writer.add_head_count(options.heads)
    writer.add_head_count_kv(options.key_heads)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(10_000.0)
    writer.add_rope_dimension_count(options.width // options.heads)
    writer.add_file_type(FILE_TYPES[options.type])


def shapes(options, vocabulary):
    """The names of the tensors and their shapes, in the order of the file."""
    width, keys = options.width, options.width // options.heads * options.key_heads
    yield "token_embd.weight", (vocabulary, width)
    for layer in range(options.layers):
        block = f"blk.{layer}."
        yield block + "attn_norm.weight", (width,)
        yield block + "ffn_norm.weight", (width,)
        yield block + "attn_q.weight", (width, width)
        yield block + "attn_k.weight", (keys, width)
        yield block + "attn_v.weight", (keys, width)
        yield block + "attn_output.weight", (width, width)
        if options.architecture == "qwen2":
            yield block + "attn_q.bias", (width,)
            yield block + "attn_k.bias", (keys,)
            yield block + "attn_v.bias", (keys,)
        yield block + "ffn_gate.weight", (options.inner, width)
        yield block + "ffn_up.weight", (options.inner, width)
        yield block + "ffn_down.weight", (width, options.inner)
    yield "output_norm.weight", (width,)
    yield "output.weight", (vocabulary, width)


def write_tensor(writer, name, shape, random, options):
    """Writes one tensor: norms are ones, the rest is random."""
    if name.endswith("norm.weight"):
        writer.add_tensor(name, numpy.ones(shape, numpy.float32))
        return
    # Wider models add up more of them.
    spread = 0.02 if options.width > 512 else 0.15
    tensor = random.standard_normal(shape, numpy.float32) * numpy.float32(spread)
    if len(shape) == 1 or options.type == "f32":
        writer.add_tensor(name, tensor)
    elif options.type == "f16":
        writer.add_tensor(name, tensor.astype(numpy.float16))
    else:
        kind = QUANTIZED[options.type]
        writer.add_tensor(name, gguf.quants.quantize(tensor, kind), raw_dtype=kind)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--architecture", default="llama", choices=["llama", "qwen2"])
    parser.add_argument("--layers", type=int, default=2)
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--heads", type=int, default=4)
    parser.add_argument("--key-heads", type=int, default=2)
    parser.add_argument("--inner", type=int, default=128)
    parser.add_argument("--vocabulary", type=int, default=0, help="filled up to as many tokens with unused ones")
    parser.add_argument("--merges", type=int, default=600)
    parser.add_argument("--context", type=int, default=8192)
    parser.add_argument("--type", default="f32", choices=FILE_TYPES)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--think", action="store_true", help="the template of a model that reasons before it answers")
    options = parser.parse_args()
    writer = gguf.GGUFWriter(options.file, options.architecture)
    write_settings(writer, options)
    vocabulary = write_tokenizer(writer, options)
    random = numpy.random.default_rng(options.seed)
    for name, shape in shapes(options, vocabulary):
        write_tensor(writer, name, shape, random, options)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    main()
