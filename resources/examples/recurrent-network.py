# A recurrent network that goes on with a wave
import torch
from torch import nn

torch.manual_seed(0)
wave = torch.sin(torch.linspace(0, 12, 40))
rnn = nn.RNN(input_size=1, hidden_size=8)
head = nn.Linear(8, 1)
out, h = rnn(wave[:-1, None])  # (steps, features)
((head(out)[:, 0] - wave[1:])**2).mean()
