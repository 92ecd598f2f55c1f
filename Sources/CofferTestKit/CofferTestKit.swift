// Placeholder until the first noun of this floor arrives.
