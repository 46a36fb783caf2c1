//! URLs, TLS and connections to the databases Limbeck speaks to.
