"""Version 3 of the SAFE network: vaults bid for the price of storage."""
