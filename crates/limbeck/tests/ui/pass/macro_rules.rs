// A model written by a macro: its fragments come in invisible groups.
use limbeck::prelude::*;

#[derive(Model)]
struct Parent {
    #[key]
    id: i32,
}

macro_rules! model {
    ($name:ident, $table:literal, $parent:path, $key:ident, $ty:ty) => {
        #[derive(Model)]
        #[model(table = $table)]
        #[index(on = $key)]
        struct $name {
            #[key]
            $key: $ty,
            #[references($parent)]
            parent: i32,
        }
    };
}

model!(Child, "children", Parent, id, i32);

fn main() {
    assert_eq!(Child::TABLE_NAME, "children");
    assert_eq!(models![Parent, Child,].len(), 2);
}
