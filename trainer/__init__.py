"""The process that learns: the Attention Mixture Network on tables of text vectors."""
