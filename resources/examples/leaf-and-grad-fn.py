# Leaf and grad_fn
import torch

x = torch.ones(2, 2, requires_grad=True)
y = x + 1
z = y**2
out = z.mean()
print(x.grad_fn, y.grad_fn, z.grad_fn, out.grad_fn)

out.backward()
print(x.grad)
