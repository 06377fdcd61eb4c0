# A network that is trained by hand
import torch
from torch import nn

torch.manual_seed(0)
x = torch.linspace(-2, 2, 20).reshape(20, 1)
net = nn.Sequential(nn.Linear(1, 8), nn.Tanh(), nn.Linear(8, 1))
criterion = nn.MSELoss()

for step in range(30):
    loss = criterion(net(x), x**2)
    loss.backward()
    with torch.no_grad():
        for p in net.parameters():
            p -= 0.1 * p.grad
            p.grad = None
print(loss.item())
