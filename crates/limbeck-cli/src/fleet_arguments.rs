//! Arguments of the commands that work on a fleet.

use clap::{Args, ValueEnum};
use limbeck_migrate::config::OnFailure;

/// Which tenants.
#[derive(Debug, Args)]
#[command(next_help_heading = "Fleets")]
pub(crate) struct TenantArguments {
    /// Work on every tenant of this fleet of limbeck.toml, `[fleets.NAME]`: databases, files or schemas; with its
    /// environment's settings, or those of -e
    #[arg(long, value_name = "NAME", conflicts_with_all = ["url"])]
    pub(crate) fleet: Option<String>,
    /// Of the fleet, work on this tenant only; may be given several times
    #[arg(long, value_name = "NAME", requires = "fleet")]
    pub(crate) tenant: Vec<String>,
    /// Work on so many tenants at a time, not as many as limbeck.toml says
    #[arg(long, value_name = "N", requires = "fleet", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) concurrency: Option<u16>,
}

/// Which tenants, and what happens when one fails.
#[derive(Debug, Args)]
pub(crate) struct FleetArguments {
    #[command(flatten)]
    pub(crate) tenants: TenantArguments,
    /// After a tenant has failed, `stop` begins no other, `continue` goes on; not what limbeck.toml says
    #[arg(
        long,
        value_name = "POLICY",
        requires = "fleet",
        hide_possible_values = true,
        help_heading = "Fleets"
    )]
    pub(crate) on_failure: Option<FailurePolicy>,
}

/// What happens after a tenant has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailurePolicy {
    /// None of those that have not begun does.
    Stop,
    /// They get their turn.
    Continue,
}

impl From<FailurePolicy> for OnFailure {
    fn from(policy: FailurePolicy) -> Self {
        match policy {
            FailurePolicy::Stop => OnFailure::Stop,
            FailurePolicy::Continue => OnFailure::Continue,
        }
    }
}
