# Linear regression
X = torch.tensor([[1.0, 0.5], [0.2, -1.0], [-0.7, 0.3], [0.4, 1.2]])
target = torch.tensor([4.5, 8.0, 1.8, 0.9])
w = torch.zeros(2, requires_grad=True)
b = torch.zeros(1, requires_grad=True)
y = X @ w + b
((y - target)**2).mean()
