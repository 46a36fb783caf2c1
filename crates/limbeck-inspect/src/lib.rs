//! A live database as MetaData.
