//! What compiles and what does not, with the messages. `TRYBUILD=overwrite` refreshes them.

#[test]
fn ui() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/pass/*.rs");
    cases.compile_fail("tests/ui/fail/*.rs");
    if cfg!(feature = "orm") {
        cases.compile_fail("tests/ui/orm/*.rs");
    }
}
