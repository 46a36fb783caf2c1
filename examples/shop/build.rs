//! A new script leads to a rebuild.

fn main() {
    println!("cargo::rerun-if-changed=migrations");
}
