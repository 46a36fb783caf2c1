//! The whole command line reference as one document, so that a change of it is seen in review.

use std::fmt::Write as _;

use clap::Command;

use crate::expect::expect_file;

/// A terminal of common width.
const WIDTH: usize = 100;

#[test]
fn the_reference_is_up_to_date() {
    let mut command = limbeck_cli::command().term_width(WIDTH);
    command.build();
    let mut text = "# The command line\n\nWritten by `UPDATE_EXPECT=1 cargo test -p limbeck-cli --test command_line`.\nThe global options of `limbeck` are options of every command.\n".to_owned();
    write_command(&mut text, &mut command, "limbeck");
    expect_file("../../../../docs/command-line.md", &text);
}

fn write_command(text: &mut String, command: &mut Command, name: &str) {
    let help = command.clone().bin_name(name).render_long_help().to_string();
    let help: Vec<&str> = help.lines().map(str::trim_end).collect();
    write!(text, "\n## `{name}`\n\n```text\n{}\n```\n", help.join("\n").trim_end()).unwrap();
    for subcommand in command.get_subcommands_mut().filter(|subcommand| subcommand.get_name() != "help") {
        let name = format!("{name} {}", subcommand.get_name());
        // They are the same for every command, and said once.
        let mut subcommand = subcommand.clone().mut_args(|argument| {
            let is_hidden = argument.is_hide_set() || argument.is_global_set();
            argument.hide(is_hidden)
        });
        write_command(text, &mut subcommand, &name);
    }
}

#[test]
fn every_command_and_option_says_what_it_does() {
    let mut command = limbeck_cli::command();
    command.build();
    for subcommand in command.get_subcommands().filter(|subcommand| subcommand.get_name() != "help") {
        let about = subcommand.get_about().unwrap_or_else(|| panic!("{subcommand} has no help")).to_string();
        assert!(!about.ends_with('.'), "`{about}` is a heading and needs no stop");
        for argument in subcommand.get_arguments() {
            let help = argument
                .get_help()
                .unwrap_or_else(|| panic!("{argument} of {subcommand} has no help"))
                .to_string();
            assert!(!help.ends_with('.'), "`{help}` is a heading and needs no stop");
        }
    }
}
