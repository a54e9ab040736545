"""Controllers: rules of control theory, the models' own, and trained policies."""
