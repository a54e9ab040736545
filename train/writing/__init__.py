"""Files, figures, TensorBoard and where results come from."""
