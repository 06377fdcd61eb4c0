# detach() shares memory with its tensor
import torch

a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
out = a.sigmoid()
c = out.detach()
print(c.requires_grad)

d = c.clone()
d.zero_()  # only the copy; with c.zero_() the backward pass would fail
out.sum().backward()
print(a.grad)
