//! Version control for data models: the crate an application adds.
