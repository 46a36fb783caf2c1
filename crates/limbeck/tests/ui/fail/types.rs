use limbeck::prelude::*;

struct Point;

#[derive(Model)] #[model(schema_only)]
struct Types {
    unsigned: u32,
    #[column(len = 3)]
    number: Option<i32>,
    #[column(precision = 3)]
    text: String,
    #[column(precision = 3, scale = 1)]
    time: chrono::NaiveTime,
    point: Point,
    points: Vec<Point>,
    #[column(type = "point")]
    native: Point,
}

#[derive(Model)]
struct Texts {
    #[column(type = "serial")]
    a: i32,
    #[column(type = "varchar(x)")]
    b: String,
    #[column(type("numeric(1, 2, 3)", sqlite = "text(3)"))]
    c: String,
}

fn main() {}
