use limbeck::prelude::*;

#[derive(Model)]
#[column(unique)]
#[key]
struct Misplaced {
    #[unique]
    #[index(on = a)]
    a: i32,
    #[check(sql = "b > 0")]
    #[primary_key]
    #[foreign_key]
    #[model(table = "b")]
    b: i32,
}

fn main() {}
