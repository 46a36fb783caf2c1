//! The way of the README, with scripts written by hand and a model from a file.
