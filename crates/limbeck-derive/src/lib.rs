//! The macros behind limbeck: derive(Model), derive(Enum), relations!, embed_migrations!.
