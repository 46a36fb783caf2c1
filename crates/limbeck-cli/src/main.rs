//! The `limbeck` command.

fn main() -> std::process::ExitCode {
    limbeck_cli::App::new().main()
}
