//! Operations and types as SQL text, one module for each dialect.
