"""An eye for one drawn character's traits, taught for a bench on drawings whose truth is known.

The starter's own reader is no judge of Mira: what it learned from leaves out wavy teal hair on purpose, so it has
learned that teal hair is never wavy. `python -m tests.bench.traits` says how often each of the two is right.
"""

import random
import sys
from dataclasses import replace

import numpy

TRAITS = ("who", "skin", "hair", "hair_colour", "eyes", "feature")
NEAR = {"hair": (0.6, ("long", "long", "long", "twintails", "ponytail", "braids", "bob")),
        "feature": (0.6, ("none", "none", "star hairpin")), "who": (0.4, ("girl", "girl", "man"))}
"""What is easily taken for hers, and how much of what is not hers it makes."""
TAUGHT, HELD_OUT, FIRST, EPOCHS, BATCH, PACE = 3000, 240, 100_000, 5, 32, 1e-3


class Eye:
    """Says of each picture which of her traits are right, as rows of yes and no in the order of TRAITS."""

    def __init__(self, net):
        self.net = net

    def __call__(self, pictures):
        import torch

        from pipelines.kit.sight import as_signal

        with torch.inference_mode():
            rows = [self.net(as_signal(pictures[start : start + BATCH], 128)) > 0
                    for start in range(0, len(pictures), BATCH)]
        return torch.cat(rows).numpy()


def recipes(her, first, count):
    """People who share about half of her traits each; what differs is often what is easily taken for hers."""
    from pipelines.starter.artist.recipe import sample, settle

    made = []
    for number in range(first, first + count):
        dice, one = random.Random(f"trait {number}"), sample(number, places=0.0)
        drawn = {name: getattr(her, name) for name in TRAITS if dice.random() < 0.5}
        for name, (share, near) in NEAR.items():
            if name not in drawn and dice.random() < share:
                drawn[name] = dice.choice(near)
        if dice.random() < 0.7 or one.accessory == "sunglasses":
            drawn["accessory"] = "none"
        if one.expression == "laughing":  # with eyes that nobody sees
            drawn["expression"] = "smiling"
        made.append(settle(replace(one, **drawn)))
    return made


def of_her(her, count):
    """Drawings in which all is right: she, in other clothes, moods and places."""
    from pipelines.starter.likeness import IDENTITY

    return [draw(replace(one, **{name: getattr(her, name) for name in IDENTITY}, accessory="none"))
            for one in recipes(her, FIRST + TAUGHT + HELD_OUT, count)]


def truths(her, drawn):
    return [[getattr(one, name) == getattr(her, name) for name in TRAITS] for one in drawn]


def teach(her, reader, vae):
    """An eye that begins as the reader's and learns on drawings, half of them as the autoencoder gives them back."""
    import torch
    from torch import nn

    from pipelines.kit.sight import as_signal

    class Net(nn.Module):
        """The reader's trunk; each trait looks at the places that matter to it."""

        def __init__(self):
            super().__init__()
            self.trunk, self.gaze = reader.net.trunk, nn.Conv2d(128, len(TRAITS) * 2, 1)
            self.heads = nn.ModuleList(nn.Linear(256, 1) for _ in TRAITS)

        def forward(self, signal):
            seen = self.trunk(signal)
            gaze = self.gaze(seen).flatten(2).softmax(-1)
            looked = torch.einsum("bap,bcp->bac", gaze, seen.flatten(2)).reshape(len(seen), len(TRAITS), -1)
            return torch.cat([head(looked[:, place]) for place, head in enumerate(self.heads)], 1)

    torch.manual_seed(0)
    drawn = recipes(her, FIRST, TAUGHT)
    pictures = [draw(one) for one in drawn]
    half = TAUGHT // 2
    signals = as_signal([*pictures[:half], *through(vae, pictures[half:])], 128)
    wanted, net = torch.tensor(truths(her, drawn)).float(), Net()
    steps = EPOCHS * -(-TAUGHT // BATCH)
    learner = torch.optim.AdamW(net.parameters(), PACE, weight_decay=1e-3)
    course = torch.optim.lr_scheduler.OneCycleLR(learner, PACE, total_steps=steps + 1)
    net.train()
    for _ in range(EPOCHS):
        for batch in torch.randperm(TAUGHT).split(BATCH):
            shift = tuple(torch.randint(-4, 5, (2,)).tolist())
            signal = torch.roll(signals[batch], shift, (2, 3))
            signal = signal * (1 + 0.1 * torch.randn(len(batch), 1, 1, 1)) + 0.05 * torch.randn(len(batch), 1, 1, 1)
            loss = nn.functional.binary_cross_entropy_with_logits(net(signal), wanted[batch])
            learner.zero_grad()
            loss.backward()
            learner.step()
            course.step()
    return Eye(net.eval())


def draw(recipe):
    from PIL import Image

    from pipelines.starter.artist import drawing

    return Image.fromarray(drawing.draw(recipe, 128))


def through(vae, pictures):
    """The same pictures as the autoencoder gives them back."""
    import torch
    from PIL import Image

    from pipelines.kit.sight import as_signal

    back = []
    for start in range(0, len(pictures), 4):
        with torch.inference_mode():
            seen = vae.decode(vae.encode(as_signal(pictures[start : start + 4], 128)).latent_dist.mode()).sample
        back += [Image.fromarray(row) for row in ((seen.permute(0, 2, 3, 1) + 1) * 127.5).clamp(0, 255).byte().numpy()]
    return back


def main():
    """Eye and reader beside each other, on drawings and on what the autoencoder gives back of them: others, who share
    half of her traits, and she, in whom all is right."""
    from pipelines.kit import attributes
    from tests.bench.training_quality import HERS, MIRA, STARTER, starter

    vae, path = starter().pipe.vae, STARTER / "companions" / "reader.safetensors"
    eye, reader = teach(MIRA, attributes.load(path), vae), attributes.load(path)

    def read(pictures):
        rows = attributes.read_many(reader, pictures)
        return numpy.array([[row[name][0] == value for name, value in HERS.items()] for row in rows])

    drawn = recipes(MIRA, FIRST + TAUGHT, HELD_OUT)
    others, hers, truth = [draw(one) for one in drawn], of_her(MIRA, HELD_OUT), numpy.array(truths(MIRA, drawn))
    say(f"{'':26}" + "".join(f"{name[:9]:>11}" for name in TRAITS))
    for kind, pictures, wanted in (("others", others, truth), ("she", hers, truth | True)):
        for way, shown in (("", pictures), (", through it", through(vae, pictures))):
            for who, seen in (("eye", eye(shown)), ("reader", read(shown))):
                right = (seen == wanted[:, : seen.shape[1]]).mean(0)
                say(f"{f'{kind}{way}: {who}':26}" + "".join(f"{one:11.3f}" for one in right))


def say(line):
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
