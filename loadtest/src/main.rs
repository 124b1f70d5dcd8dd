//! Confab's load generator and benchmark.
//!
//! Uses only the API (except `growth`, which also inserts rows). Clients, sockets, servers and databases are those of
//! the crate `testbed`; HTTP load uses a thin layer on the connection, so that the generator does not limit the
//! measurement. Every subcommand is bounded in count and time, prints one JSON line on stdout and a readable report on
//! stderr, and refuses targets on other machines unless confirmed. A few accounts generate all load: start the server
//! with `CONFAB_ACCOUNT_RATE_FACTOR=1000000 CONFAB_WORKSPACE_RATE_FACTOR=1000000`.
//!
//! In reading order: [`target`] and [`http`] (connections), [`setup`] (accounts and a workspace),
//! [`delivery_log`], [`histogram`] and [`process`] (metrics), [`pace`] (concurrent work), [`subscribers`], [`prose`]
//! (texts), then one module per subcommand.
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command-line program prints to its terminal")]

mod delivery_log;
mod fanout;
mod files;
mod floors;
mod growth;
mod histogram;
mod http;
mod latency;
mod memory;
mod pace;
mod process;
mod prose;
mod search;
mod sends;
mod setup;
mod subscribers;
mod target;

use clap::{Parser, Subcommand};
pub use testbed::{Failure, Result};

/// A result in JSON and as text, and whether all expectations were met.
pub struct Report {
    json: serde_json::Value,
    text: String,
    passed: bool,
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
    /// Durable sends per second and their latency, by concurrent senders in one workspace.
    Sends(sends::Options),
    /// Deliveries per second to many subscribers, each verified: every event once, in order.
    Fanout(fanout::Options),
    /// Time from the scheduled send to the receipt by every subscriber, at a constant rate.
    Latency(latency::Options),
    /// Memory of the server per idle subscriber.
    Memory(memory::Options),
    /// Throughput of large concurrent uploads and downloads, and the server's memory.
    Files(files::Options),
    /// Time from the acknowledgement until a search finds the message, and latency of searches.
    Search(search::Options),
    /// Cost of operations at increasing data sizes, on servers that this command starts.
    Growth(growth::Options),
    /// Maximum throughput of the database and the disk at the same durability.
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
            // A failed expectation fails a calling script.
            std::process::ExitCode::from(u8::from(!report.passed))
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
    fn validates_arguments() {
        Cli::command().debug_assert();
        let one_of_two = ["loadtest", "floors"];
        assert!(Cli::try_parse_from(one_of_two).is_err());
        assert!(Cli::try_parse_from(["loadtest", "floors", "--sqlite", "."]).is_ok());
        assert!(Cli::try_parse_from(["loadtest", "sends", "--concurrency", "0"]).is_err());
    }
}
