# Rosenbrock's valley
x = torch.tensor(-1.2, requires_grad=True)
y = torch.tensor(1.0, requires_grad=True)
# Divided by 100: so a learning rate of 0.1 is not too large.
((1 - x)**2 + 100 * (y - x**2)**2) / 100
