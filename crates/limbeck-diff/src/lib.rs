//! What changes one schema into another, in an order that runs.
