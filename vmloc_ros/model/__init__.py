"""The network of VMLoc (Zhou et al. 2021): encoders, product of experts, attention, pose heads."""
