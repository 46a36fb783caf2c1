// New rows without what they need, and values that do not fit their columns.
use limbeck::prelude::*;

#[derive(Model)]
struct Customer {
    #[key(identity)]
    id: i32,
    email: String,
    phone: Option<String>,
    #[column(generated = "lower(email)")]
    email_key: String,
}

#[derive(Model)]
struct Other {
    #[key]
    id: i32,
}

struct Unmapped;

fn main() {
    let _ = Customer::new();
    let _ = Customer::new(5);
    let _ = Customer::new("a").set(Customer::phone, 1);
    let _ = update::<Customer>().set(Customer::email, None);
    let _ = update::<Customer>().set(Customer::email, 5);
    let _ = update::<Customer>().set(Customer::email, Customer::phone);
    let _ = update::<Customer>().set(Customer::email_key, "a");
    let _ = update::<Customer>().set(Other::id, 1);
    let _ = select::<Unmapped>();
}
