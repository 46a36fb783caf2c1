// Comparisons of different types, and of what is never NULL.
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
struct Order {
    #[key(identity)]
    id: i32,
    #[references(Customer)]
    customer_id: i32,
    paid: bool,
}

fn main() {
    let _ = Customer::email.eq(5);
    let _ = Customer::id.lt("7");
    let _ = Customer::id.in_(["a"]);
    let _ = Customer::email.eq(Customer::id);
    let _ = Customer::email.is_null();
    let _ = Customer::id.like("1%");
    let _ = Customer::email + 1;
    let _ = select::<Customer>().filter(Customer::email);
    let _ = select::<Customer>().filter(Order::paid);
    let _ = select::<Customer>().columns((Customer::id, "text"));
}
