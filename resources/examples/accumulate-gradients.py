# Gradients add up until they are cleared
import torch

x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
for i in range(3):
    loss = (x**2).sum()
    loss.backward()
    print(x.grad)

x.grad.zero_()
loss = (x**2).sum()
loss.backward()
print("cleared:", x.grad)
