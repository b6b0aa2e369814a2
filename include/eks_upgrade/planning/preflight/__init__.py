"""What is asked before anything is touched: each module answers with problems."""
