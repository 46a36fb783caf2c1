use limbeck::prelude::*;

#[derive(Model)]
#[model(without_rowid, autoincrement, renamed_from = "everything")]
#[index(on = a, nulls_not_distinct)]
#[unique(on = (a, a))]
struct Everything {
    #[column(identity, server_default = "1")]
    a: i32,
    #[column(server_default = "1", generated = "2", backfill = "3")]
    b: i32,
    #[column(scale = 2)]
    c: i32,
    #[column(len = 3, precision = 4)]
    d: i32,
    #[column(type = "varchar", len = 3)]
    e: String,
    #[column(name = "a")]
    f: String,
    #[column(renamed_from = "g")]
    g: String,
    #[column(identity)]
    h: String,
    #[column(identity)]
    i: Option<i32>,
    #[column(comment = doc)]
    j: i32,
}

fn main() {}
