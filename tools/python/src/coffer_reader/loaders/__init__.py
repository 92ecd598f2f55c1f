"""One module for each library, which is imported only there."""
