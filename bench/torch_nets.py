"""The nets of synrec beside the same nets in PyTorch.

    torch_nets.py vae              an epoch of the generator vae, in the server
    torch_nets.py gru PROGRAM      an epoch of a recurrent auto-encoder, by build/bench/nets

PyTorch runs with one thread and with two, and the faster one takes turns with
synrec.  The first layer of the vae is a dense product, as implementations of
it have it; how long it takes with an EmbeddingBag of the items that a user
has, which does as little arithmetic as synrec, is measured beside it.

Prints one line of tab-separated fields: see the ends of vae() and gru().
"""
import statistics
import subprocess
import sys

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from common import cursor, fastest, matrix, report, rows, take_turns, timed, value

USERS, STEPS, ITEMS = 6034, 20, 3121


def epoch(net, samples, batch, loss, optimizer):
    order = torch.randperm(samples)
    for begin in range(0, samples, batch):
        optimizer.zero_grad()
        loss(net, order[begin:begin + batch]).backward()
        optimizer.step()


class Vae(nn.Module):
    """Liang et al.: items - 600 - 2 x 200 - 600 - items, tanh."""

    def __init__(self, items):
        super().__init__()
        self.bag = nn.EmbeddingBag(items, 600, mode="sum")
        self.bias = nn.Parameter(torch.zeros(600))
        self.code = nn.Linear(600, 400)
        self.hidden = nn.Linear(200, 600)
        self.items = nn.Linear(600, items)

    def forward(self, first):
        mean, log_variance = self.code(torch.tanh(first + self.bias)).chunk(2, 1)
        z = mean + torch.randn_like(mean) * torch.exp(log_variance / 2)
        return self.items(torch.tanh(self.hidden(z))), mean, log_variance


def vae():
    pairs = rows("original")
    csr = matrix(pairs, np.unique(pairs[:, 1]))
    users, items = csr.shape
    dense = torch.from_numpy(csr.toarray())
    net = Vae(items)
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)

    def loss(net, users_of_batch, bag):
        x = dense[users_of_batch]
        if bag:
            part = csr[users_of_batch.numpy()]
            lengths = torch.from_numpy(np.diff(part.indptr))
            weight = F.dropout(torch.repeat_interleave(lengths.float().rsqrt(), lengths), 0.5)
            first = net.bag(torch.from_numpy(part.indices).long(), torch.from_numpy(part.indptr[:-1]).long(),
                            per_sample_weights=weight)
        else:
            first = F.dropout(F.normalize(x), 0.5) @ net.bag.weight
        logits, mean, log_variance = net(first)
        divergence = 0.5 * (log_variance.exp() + mean ** 2 - 1 - log_variance).sum(1).mean()
        return -(F.log_softmax(logits, 1) * x).sum(1).mean() + 0.1 * divergence

    def run(setting):
        torch.set_num_threads(setting[1])
        epoch(net, users, 500, lambda n, u: loss(n, u, setting[2]), optimizer)

    def settings(bag):
        return [(f"{threads} thread{'s' * (threads - 1)}, {'EmbeddingBag' if bag else 'dense'}", threads, bag)
                for threads in (1, 2)]

    dense_best, dense_trials = fastest(settings(False), run)
    bag_best, bag_trials = fastest(settings(True), run)

    def fit(epochs, threads):
        def run():
            cursor.execute(f"SET synrec.threads = {threads}")
            return value(f"SELECT synrec.fit(original, synrec.vae('prior', code => 200, epochs => {epochs}, holdout => 0)) IS NULL FROM p20")
        return run

    usual, bag, one_1, six_1, one_2, six_2 = take_turns(
        5, lambda: run(dense_best), lambda: run(bag_best), fit(1, 1), fit(6, 1), fit(1, 2), fit(6, 2))
    # one epoch of synrec on two threads, of PyTorch either way, of synrec on one thread
    report(dense_best[0], (six_2 - one_2) / 5, usual, bag_best[0], bag, (six_1 - one_1) / 5,
           f"{dense_trials}; {bag_trials}")


class AutoEncoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(ITEMS, 64)
        self.encoder = nn.GRU(64, 128, 2)
        self.code = nn.Linear(128, 64)
        self.start = nn.Linear(64, 256)
        self.decoder = nn.GRU(64, 128, 2)
        self.output = nn.Linear(128, ITEMS)

    def forward(self, item):  # steps x batch
        states, _ = self.encoder(self.table(item))
        code = torch.tanh(self.code(states[-1]))
        start = torch.stack(self.start(code).chunk(2, 1))
        states, _ = self.decoder(code.expand(STEPS, -1, -1).contiguous(), start)
        return self.output(states)


def gru(program):
    item = torch.randint(ITEMS, (STEPS, USERS))
    net = AutoEncoder()
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)

    def loss(net, users):
        return F.cross_entropy(net(item[:, users]).view(-1, ITEMS), item[:, users].reshape(-1))

    def run(setting):
        torch.set_num_threads(setting[1])
        epoch(net, USERS, 128, loss, optimizer)

    def ours(threads):
        return [float(field) for field in subprocess.check_output([program, "gru", str(threads), "1"]).split()]

    best, trials = fastest([("1 thread", 1), ("2 threads", 2)], run)
    turns = [(timed(lambda: run(best))[0], ours(2), ours(1)[0]) for _ in range(3)]
    # one epoch of synrec on two threads, of PyTorch, of synrec on one thread; then the other fields of the program
    report(best[0], 1000 * statistics.median(turn[1][0] for turn in turns), statistics.median(turn[0] for turn in turns),
           1000 * statistics.median(turn[2] for turn in turns),
           *(statistics.median(turn[1][field] for turn in turns) for field in (1, 2, 3)), trials)


if sys.argv[1] == "vae":
    vae()
else:
    gru(sys.argv[2])
