# Attention that learns to look one step back
import torch
from torch import nn

torch.manual_seed(0)
words = 3 * torch.eye(6)  # (steps, features)
attention = nn.MultiheadAttention(6, num_heads=2)
out, shares = attention(words, words, words)
((out - words.roll(1, 0))**2).sum(1).mean()
