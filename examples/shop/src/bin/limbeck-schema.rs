//! Prints the shop's model for the `limbeck` command.

fn main() {
    limbeck::print_schema(shop::schema())
}
