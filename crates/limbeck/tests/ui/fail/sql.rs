use limbeck::prelude::*;

#[derive(Model)]
#[check(sql(sqlite = "a > 0"))]
#[check(sql("a > 0", mysql = "a > 1", sqlite = "a > 1", sqlite = "a > 2"))]
#[index(on = sql("a", oracle = "b"))]
struct Sql {
    #[column(server_default = 0)]
    a: i32,
    #[column(server_default = true)]
    b: bool,
    #[column(check = "")]
    c: i32,
    #[column(generated("a", "b"))]
    d: i32,
    #[column(identity(start = "x", increment = 1.5))]
    e: i32,
}

fn main() {}
