use limbeck::prelude::*;

#[derive(Model)]
#[model(tabel = "customers", comment = "a", comment = "b")]
#[index(on = (emial, id.descending(), id + 1), unqiue)]
#[check(name = "positive")]
struct Customer {
    #[key(identty)]
    id: i32,
    #[column(lne = 320, unique = true, index(3))]
    email: String,
    #[column]
    #[column(comment = documentation)]
    phone: Option<String>,
}

#[derive(Model)]
#[index(on = (prcie, id.desc()), include = nowhere)]
#[unique(on = (id, Price))]
#[foreign_key(on = idd, references = Self)]
struct Product {
    #[key]
    id: i32,
    price: i32,
}

fn main() {}
