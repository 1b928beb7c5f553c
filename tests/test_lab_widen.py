"""A larger network that begins with a smaller one's weights answers as the smaller one did, and can learn more."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="needs the lab extra")

from scanapp.errors import UsageError  # noqa: E402
from scanapp.lab.nets.layout import HEIGHT, WIDTH, layout  # noqa: E402
from scanapp.lab.nets.locator import locator  # noqa: E402
from scanapp.lab.nets.widen import widened  # noqa: E402


def test_a_larger_layout_net_answers_as_the_one_it_grew_from() -> None:
    torch.manual_seed(4)
    small, large = layout("small"), layout("large")
    for network in (small, large):  # statistics as after some training, not the fresh ones
        network.train()
        network(torch.rand(4, 1, HEIGHT, WIDTH))
    grown = widened(small.eval(), large.eval())
    card = torch.rand(2, 1, HEIGHT, WIDTH)
    with torch.no_grad():
        for before, after in zip(small(card), grown(card), strict=True):
            assert torch.allclose(before, after, atol=1e-4)


def test_a_deep_locator_answers_as_the_plain_one_it_grew_from_and_learns() -> None:
    torch.manual_seed(4)
    plain, deep = locator("plain"), locator("deep")
    for network in (plain, deep):
        network.train()
        network(torch.rand(4, 1, 64, 96))
    grown = widened(plain.eval(), deep.eval())
    image = torch.rand(2, 1, 64, 96)
    with torch.no_grad():
        for before, after in zip(plain(image), grown(image), strict=True):
            assert torch.allclose(before, after, atol=1e-4)
    grown.train()(image)[0].square().mean().backward()
    assert all(float(stages[-1].body[-1].weight.grad.abs().max()) > 0 for stages in grown.more if len(stages))


def test_what_was_added_learns() -> None:
    torch.manual_seed(4)
    grown = widened(layout("small"), layout("large")).train()
    fields, _ = grown(torch.rand(2, 1, HEIGHT, WIDTH))
    fields.square().mean().backward()
    assert float(grown.more8.body[-1].weight.grad.abs().max()) > 0


def test_an_unknown_size_is_refused_with_the_nearest_known_one() -> None:
    with pytest.raises(UsageError, match="did you mean 'large'"):
        layout("larg")
    with pytest.raises(UsageError, match="did you mean 'deep'"):
        locator("deeep")
