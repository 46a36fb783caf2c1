use limbeck::prelude::*;

#[derive(Model)]
struct Customer {
    #[key]
    id: i32,
}

#[derive(Model)]
struct Order {
    #[key]
    id: i32,
    #[references(Customer)]
    customer_id: i32,
    #[references(Customer)]
    payer_id: i32,
}

#[derive(Model)]
struct Product {
    #[key]
    id: i32,
}

relations! {
    Product { orders: many Order, customer: one Customer }
    Order { customer: one Customer, payer: one Customer by payer }
    Customer { products: many Product via Order }
}

fn main() {}
