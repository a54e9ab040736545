"""Token economies as Gymnasium environments. Importing this package registers them."""
