//! Confab's load generator and benchmark.
//!
//! It speaks only the wire (but for `growth`, which also makes rows): HTTP POST and `graphql-transport-ws`, both written
//! by hand on tokio so that the generator is not what limits the measurement. Every subcommand is bounded in count and time,
//! prints one JSON line on stdout and one line for people on stderr, and refuses targets that are not on
//! this machine unless told otherwise. It knows nothing of the server's modules. Few accounts do much: start the
//! server with `CONFAB_ACCOUNT_RATE_FACTOR=1000000 CONFAB_WORKSPACE_RATE_FACTOR=1000000`.
//!
//! In reading order: [`target`] (where to), [`http`] and [`socket`] (how), [`ground`] (accounts and a
//! workspace), [`ledger`], [`figures`] and [`process`] (what is counted), [`crowd`]
//! (subscribers), [`prose`] (texts), then one module per subcommand.
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line talks to its terminal")]

mod crowd;
mod fanout;
mod figures;
mod files;
mod floors;
mod ground;
mod growth;
mod http;
mod latency;
mod ledger;
mod memory;
mod process;
mod prose;
mod search;
mod sends;
mod socket;
mod target;

use clap::{Parser, Subcommand};

/// Why a measurement could not be made. A measurement that shows a defect is a result, not a failure.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Failure(String);

impl Failure {
    fn new(what: impl std::fmt::Display) -> Self {
        Self(what.to_string())
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self(format!("input or output: {error}"))
    }
}

/// `Result` with a [`Failure`].
pub type Result<T> = std::result::Result<T, Failure>;

/// A result: for programs and for people, and whether what was promised was kept.
pub struct Report {
    json: serde_json::Value,
    text: String,
    kept: bool,
}

#[derive(Parser)]
#[command(name = "loadtest", version, about = "Load generator and benchmark for Confab.")]
struct Cli {
    /// Threads of the generator. One leaves the other cores to the server.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=64))]
    threads: u16,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Durable sends per second by concurrent senders in one workspace, and their latency.
    Sends(sends::Options),
    /// Deliveries per second to many subscribers, each checked: every event once, in order.
    Fanout(fanout::Options),
    /// Time from the planned send to the receipt by every subscriber, at a constant rate.
    Latency(latency::Options),
    /// Memory of the server per idle subscriber.
    Memory(memory::Options),
    /// Large files put and got by many at once, and the server's memory meanwhile.
    Files(files::Options),
    /// Time from the acknowledged send until a search finds the message, and of searches over the wire.
    Search(search::Options),
    /// What each thing costs by the size of what is around it, on servers that this starts itself.
    Growth(growth::Options),
    /// What the database and the disk do by themselves with the same durability.
    Floors(floors::Options),
}

fn main() -> std::process::ExitCode {
    let cli = Cli::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(cli.threads.into()).enable_all().build();
    let result = match runtime {
        Ok(runtime) => runtime.block_on(run(cli.command)),
        Err(error) => Err(error.into()),
    };
    match result {
        Ok(report) => {
            println!("{}", report.json);
            eprintln!("{}", report.text);
            // A broken promise fails a script that measures.
            std::process::ExitCode::from(u8::from(!report.kept))
        }
        Err(failure) => {
            eprintln!("loadtest: {failure}");
            std::process::ExitCode::from(2)
        }
    }
}

async fn run(command: Command) -> Result<Report> {
    match command {
        Command::Sends(options) => sends::run(options).await,
        Command::Fanout(options) => fanout::run(options).await,
        Command::Latency(options) => latency::run(options).await,
        Command::Memory(options) => memory::run(options).await,
        Command::Files(options) => files::run(options).await,
        Command::Search(options) => search::run(options).await,
        Command::Growth(options) => growth::run(options).await,
        Command::Floors(options) => floors::run(options).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
        let one_of_two = ["loadtest", "floors"];
        assert!(Cli::try_parse_from(one_of_two).is_err());
        assert!(Cli::try_parse_from(["loadtest", "floors", "--sqlite", "."]).is_ok());
        assert!(Cli::try_parse_from(["loadtest", "sends", "--concurrency", "0"]).is_err());
    }
}
