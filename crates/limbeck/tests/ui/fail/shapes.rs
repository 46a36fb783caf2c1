use limbeck::prelude::*;

#[derive(Model)]
struct Generic<T> {
    id: T,
}

#[derive(Model)]
struct Borrowed<'a> {
    name: &'a str,
}

#[derive(Model)]
struct Tuple(i32);

#[derive(Model)]
struct Unit;

#[derive(Model)]
enum Several {
    One,
}

#[derive(Model)]
union Both {
    a: i32,
}

fn main() {}
