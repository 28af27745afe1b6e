"""The training steps of AgentOps.TrainBenchmark as they are written in Python: one JSON line comes in for each measurement, one goes out."""

import json
import math
import struct
import sys
import time

import torch
import torch.nn.functional as F


def read_safetensors(path):
    with open(path, "rb") as file:
        size = struct.unpack("<Q", file.read(8))[0]
        header = json.loads(file.read(size))
        data = bytearray(file.read())
    return {
        name: torch.frombuffer(data, dtype=torch.float32, count=math.prod(entry["shape"]), offset=entry["data_offsets"][0]).reshape(entry["shape"]).clone()
        for name, entry in header.items()
        if name != "__metadata__"
    }


class Model:
    def __init__(self, folder):
        with open(folder + "/config.json") as file:
            c = json.load(file)
        self.layers, self.heads, self.kv_heads, self.width = c["num_hidden_layers"], c["num_attention_heads"], c["num_key_value_heads"], c["head_dim"]
        self.eps, self.theta = c["rms_norm_eps"], c["rope_theta"]
        self.w = {name: weight.requires_grad_() for name, weight in read_safetensors(folder + "/model.safetensors").items()}

    def norm(self, x, name):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps) * self.w[name + ".weight"]

    def rotate(self, x, cos, sin):
        half = self.width // 2
        turned = torch.cat((-x[..., half:], x[..., :half]), -1)
        return x * cos + turned * sin

    def attention(self, x, at, cos, sin, mask):
        b, t, _ = x.shape

        def heads(name, count):
            return F.linear(x, self.w[f"{at}.{name}_proj.weight"]).view(b, t, count, self.width)

        q = self.rotate(self.norm(heads("q", self.heads), at + ".q_norm").transpose(1, 2), cos, sin)
        k = self.rotate(self.norm(heads("k", self.kv_heads), at + ".k_norm").transpose(1, 2), cos, sin)
        v = heads("v", self.kv_heads).transpose(1, 2)
        group = self.heads // self.kv_heads
        k, v = k.repeat_interleave(group, 1), v.repeat_interleave(group, 1)
        weights = (q @ k.transpose(-2, -1) / math.sqrt(self.width) + mask).softmax(-1)
        return F.linear((weights @ v).transpose(1, 2).reshape(b, t, -1), self.w[at + ".o_proj.weight"])

    def hidden(self, ids):
        t = ids.shape[1]
        angles = torch.arange(t).float()[:, None] * (1.0 / self.theta ** (torch.arange(0, self.width, 2).float() / self.width))
        angles = torch.cat((angles, angles), -1)
        cos, sin = angles.cos(), angles.sin()
        mask = torch.full((t, t), -math.inf).triu(1)
        x = F.embedding(ids, self.w["model.embed_tokens.weight"])
        for i in range(self.layers):
            at = f"model.layers.{i}"
            x = x + self.attention(self.norm(x, at + ".input_layernorm"), at + ".self_attn", cos, sin, mask)
            y = self.norm(x, at + ".post_attention_layernorm")
            gate, up = F.linear(y, self.w[at + ".mlp.gate_proj.weight"]), F.linear(y, self.w[at + ".mlp.up_proj.weight"])
            x = x + F.linear(F.silu(gate) * up, self.w[at + ".mlp.down_proj.weight"])
        return self.norm(x, "model.norm")

    def log_probs(self, batch):
        """Of the trained tokens: the head runs at their places alone, as it does on the other side."""
        logits = F.linear(self.hidden(batch["ids"]).flatten(0, 1)[batch["places"]], self.w["lm_head.weight"])
        return -F.cross_entropy(logits, batch["targets"], reduction="none")


def batch_of(sequences):
    width = max(len(s["ids"]) for s in sequences) - 1
    ids = torch.zeros(len(sequences), width, dtype=torch.int64)
    places, targets, rows = [], [], []
    for row, s in enumerate(sequences):
        ids[row, : len(s["ids"]) - 1] = torch.tensor(s["ids"][:-1])
        positions = [p for start, length in s["trained"] for p in range(start, start + length)]
        places += [row * width + p - 1 for p in positions]
        targets += [s["ids"][p] for p in positions]
        rows.append(len(positions))
    return {"ids": ids, "places": torch.tensor(places), "targets": torch.tensor(targets), "rows": rows}


def sums(log_probs, rows):
    return torch.stack([part.sum() for part in log_probs.split(rows)])


class Work:
    """One method's training: everything that does not change from step to step is made before."""

    def __init__(self, folder, work):
        self.model, self.work, self.batch, self.done = Model(folder), work, batch_of(work["sequences"]), 0
        self.loss = {"sft": self.sft, "dpo": self.dpo, "grpo": self.grpo}[work["method"]]
        self.optimizer = torch.optim.AdamW(self.model.w.values(), lr=0.0, betas=(0.9, 0.98), eps=1e-8, weight_decay=0.01)
        if work["method"] == "dpo":
            with torch.no_grad():
                self.reference = sums(self.model.log_probs(self.batch), self.batch["rows"])
        if work["method"] == "grpo":
            self.old, self.advantages = torch.tensor(work["old"]), torch.tensor(work["advantages"])

    def sft(self):
        return -self.model.log_probs(self.batch).mean()

    def dpo(self):
        log_probs = self.model.log_probs(self.batch)
        pairs = len(self.batch["rows"]) // 2
        lead = sums(log_probs, self.batch["rows"]) - self.reference
        margins = (lead[:pairs] - lead[pairs:]) * self.work["beta"]
        return -F.logsigmoid(margins).mean() - log_probs[: sum(self.batch["rows"][:pairs])].mean()

    def grpo(self):
        ratio = (self.model.log_probs(self.batch) - self.old).exp()
        clip = self.work["clip"]
        return -torch.minimum(ratio * self.advantages, ratio.clamp(1 - clip, 1 + clip) * self.advantages).mean()

    def step(self):
        loss = self.loss()
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.w.values(), 1.0)
        self.optimizer.param_groups[0]["lr"] = self.work["rates"][self.done]
        self.optimizer.step()
        self.done += 1
        return loss.item()


def main():
    with open(sys.argv[1]) as file:
        asked = json.load(file)
    torch.set_num_threads(asked["threads"])
    works = {work["method"]: Work(asked["model"], work) for work in asked["works"]}
    print(json.dumps({"torch": torch.__version__}), flush=True)
    for line in sys.stdin:
        measure = json.loads(line)
        work = works[measure["method"]]
        started = time.perf_counter()
        losses = [work.step() for _ in range(measure["steps"])]
        print(json.dumps({"seconds": time.perf_counter() - started, "losses": losses}), flush=True)


main()
