# A small perceptron
torch.manual_seed(0)
X = torch.linspace(-3, 3, 25).reshape(25, 1)
target = torch.sin(X)
W1 = torch.randn(1, 8, requires_grad=True)
b1 = torch.zeros(8, requires_grad=True)
W2 = torch.randn(8, 1, requires_grad=True)
b2 = torch.zeros(1, requires_grad=True)
hidden = torch.tanh(X @ W1 + b1)
y = hidden @ W2 + b2
((y - target)**2).mean()
