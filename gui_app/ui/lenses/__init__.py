"""The lenses on one step: curvature, gradient check, Jacobian, range test, and why a run has diverged."""
