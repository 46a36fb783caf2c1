use limbeck::prelude::*;

#[derive(Model)]
struct Optional {
    #[key]
    id: Option<i32>,
}

#[derive(Model)]
#[primary_key(on = (a, b))]
struct Twice {
    #[key]
    a: i32,
    b: i32,
}

#[derive(Model)]
#[primary_key(name = "the_key")]
struct Nothing {
    a: i32,
}

#[derive(Model)]
struct IdentityTwice {
    #[key(identity)]
    #[column(identity(always))]
    a: i32,
}

#[derive(Model)]
#[model(without_rowid)]
struct NoKey {
    a: i32,
}

fn main() {}
