"""Batch statistics over the frames of all processes that train together."""

import torch
from torch import Tensor, nn

from vmloc_ros.model.frame_noise import processes


class SharedBatchNorm(nn.BatchNorm2d):
    """`SyncBatchNorm` for a CPU, where torch has none; N processes, C channels."""

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002  (torch's name)
        """Normalise (B, C, h, w) by the statistics of the N · B frames, or by the running ones."""
        if not self.training or processes()[1] == 1:
            return super().forward(input)
        mean = _average(input.float().mean((0, 2, 3), keepdim=True))  # (1, C, 1, 1)
        deviation = input.float() - mean
        variance = _average(deviation.square().mean((0, 2, 3), keepdim=True))
        count = processes()[1] * input.numel() // input.shape[1]
        self._remember(mean.detach().flatten(), variance.detach().flatten(), count)
        normalised = deviation * (variance + self.eps).rsqrt()
        scale, shift = (p.view_as(mean) for p in (self.weight, self.bias))
        return (normalised * scale + shift).to(input.dtype)

    @torch.no_grad()
    def _remember(self, mean: Tensor, variance: Tensor, count: int) -> None:
        """Move the running statistics towards those of a batch of `count` values a channel."""
        assert self.momentum is not None and self.num_batches_tracked is not None
        assert self.running_mean is not None and self.running_var is not None
        self.num_batches_tracked.add_(1)
        self.running_mean.lerp_(mean, self.momentum)
        self.running_var.lerp_(variance * count / (count - 1), self.momentum)


def share_batch_statistics(network: nn.Module, *, on_gpu: bool) -> None:
    """Replace the batch norms of a network; names and values of its weights stay."""
    for name, child in network.named_children():
        if isinstance(child, nn.BatchNorm2d):
            kind = nn.SyncBatchNorm if on_gpu else SharedBatchNorm
            shared = kind(child.num_features, child.eps, child.momentum)
            shared.load_state_dict(child.state_dict())
            setattr(network, name, shared)
        else:
            share_batch_statistics(child, on_gpu=on_gpu)


class _Average(torch.autograd.Function):
    """The mean over processes; that of the gradients is its gradient."""

    @staticmethod
    def forward(ctx: torch.autograd.function.FunctionCtx, value: Tensor) -> Tensor:
        return _mean_of_all(value)

    @staticmethod
    def backward(ctx: torch.autograd.function.FunctionCtx, gradient: Tensor) -> Tensor:
        # The sum over processes of their losses' gradients, of which each value holds a share.
        return _mean_of_all(gradient)


def _average(value: Tensor) -> Tensor:
    average: Tensor = _Average.apply(value)
    return average


def _mean_of_all(value: Tensor) -> Tensor:
    total = value.clone(memory_format=torch.contiguous_format)
    torch.distributed.all_reduce(total)
    return total / processes()[1]
