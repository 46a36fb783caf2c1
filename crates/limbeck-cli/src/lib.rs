//! The limbeck command.
