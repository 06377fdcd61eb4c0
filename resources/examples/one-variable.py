# One variable
x = torch.tensor(10.0, requires_grad=True)
2*x*x + 3
