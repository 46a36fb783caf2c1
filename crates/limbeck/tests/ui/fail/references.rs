use limbeck::prelude::*;

#[derive(Model)]
struct Parent {
    #[key]
    id: i32,
    code: String,
}

#[derive(Model)]
#[primary_key(on = (a, b))]
struct Pair {
    a: i32,
    b: i32,
}

struct Plain;

#[derive(Model)]
#[foreign_key(on = (a, b), references = Pair(a))]
#[foreign_key(on = (a, x), references = Pair)]
struct Mistakes {
    #[references]
    a: i32,
    #[references(on_delete = cascade)]
    b: i32,
    #[references(Parent, on_delete = casacde)]
    c: i32,
    #[references(Parent, ondelete = cascade)]
    d: i32,
    #[references(Parent, on_delete = set_null(e, y))]
    e: Option<i32>,
    #[references(Parent, deferrable = "initially deferred", match = partial)]
    f: i32,
}

#[derive(Model)]
struct OtherModels {
    #[references(Plain)]
    a: i32,
    #[references(Parent, column = cod)]
    b: String,
    #[references(Pair)]
    c: i32,
}

#[derive(Model)]
#[foreign_key(on = (a, b), references = Parent)]
struct WrongNumber {
    a: i32,
    b: i32,
}

fn main() {}
