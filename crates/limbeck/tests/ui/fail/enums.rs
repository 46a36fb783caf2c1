use limbeck::prelude::*;

#[derive(Enum)]
enum Fields {
    Unit,
    Tuple(i32),
    Struct { a: i32 },
}

#[derive(Enum)]
enum Nothing {}

#[derive(Enum)]
struct NoEnum;

#[derive(Enum)]
enum Generic<T> {
    #[value]
    A,
    #[value(T)]
    B,
}

#[derive(Enum)]
#[enum_type(rename_all = "snakecase", nmae = "x")]
enum Cases {
    A,
}

#[derive(Enum)]
enum Values {
    Same,
    #[value("same")]
    Other,
    #[value("")]
    Empty,
    #[value("0123456789012345678901234567890123456789012345678901234567890123")]
    Long,
    #[value(renamed_from = "same")]
    Renamed,
}

fn main() {}
