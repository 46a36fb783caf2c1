//! Whatever can be wrong is said clearly, ends with its exit code, and loses nothing.
