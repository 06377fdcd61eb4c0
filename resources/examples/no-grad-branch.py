# A branch without gradients
import torch

x = torch.tensor(1.0, requires_grad=True)
y1 = x**2
with torch.no_grad():
    y2 = x**3
y3 = y1 + y2
print(y1.requires_grad, y2.requires_grad, y3.requires_grad)

y3.backward()
print(x.grad)  # 2 and not 5: x**3 is not part of the graph
