"""The operator's pages: who owns a marketplace's rules, and answers for them."""
