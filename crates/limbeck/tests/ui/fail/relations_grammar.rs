use limbeck::prelude::*;

#[derive(Model)]
struct A {
    #[key]
    id: i32,
}

relations! {
    A { cascade(all), b: many A }
    B { b: several A }
    C { b: many A c: one A }
    D { b: one A via B }
    E { b: many A via B by c }
    F {
        b: one A,
        b: many A, cascade(everything, delete_orphan),
        c: one A, cascade(all, delete_orphan),
    }
    F { d: one A, cascade(all), cascade(all) }
}

relations! { A b: many A }

fn main() {}
