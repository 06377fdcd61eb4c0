# Gradient descent by hand
import torch

x = torch.tensor([-1.0, 2.5], requires_grad=True)
target = torch.tensor([2.0, 1.0])
lr = 0.2
for step in range(20):
    loss = ((x - target)**2).sum()
    loss.backward()
    with torch.no_grad():
        x -= lr * x.grad
    x.grad.zero_()
    print(step, loss.item())
