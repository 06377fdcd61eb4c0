# A loop that ends when the values say so
x = torch.tensor([0.3, 0.5], requires_grad=True)
y = x
while y.norm() < 4:
    y = 2 * y
(y.norm() - 6)**2
