fn main() {
    let _ = limbeck::embed_migrations!("no_such_directory");
    let _ = limbeck::embed_migrations!(migrations);
}
