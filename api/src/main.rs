//! The `confab` command line. The library implements all commands.
#![forbid(unsafe_code)]
#![recursion_limit = "256"]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command-line program prints to its terminal")]

use std::io::Write;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use api::app::password;
use api::chat::{account, session};
use api::ground::config::{Config, Store};
use api::ground::db::store;
use api::ground::{directory, logging, open_files, supervise};
use api::log::{failpoint, reader, replay, verify};
use api::wire::{graphql, http};
use api::{doctor, server, worker};
use clap::{Parser, Subcommand};
use indicatif::ProgressBar;
use tokio_util::sync::CancellationToken;

// Returns memory to the system: with the default allocator every password hash kept its 19 MiB allocated.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Self-hosted team chat.
#[derive(Parser)]
#[command(version, about)]
struct CommandLine {
    /// Log level (error, warn, info, debug, trace) or filter such as `api::log=debug,info`. Libraries are limited
    /// to info.
    #[arg(long, env = "CONFAB_LOG", default_value = "info", global = true)]
    log: String,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server.
    ///
    /// Without settings, the server stores data in `./data` and listens on `http://127.0.0.1:8080`.
    Serve(Box<Config>),
    /// Apply pending database migrations and exit.
    Migrate(Store),
    /// Rebuild all tables from the event logs. Stop the server first.
    Replay(Store),
    /// Verify that the event logs are complete and unmodified.
    Verify(Store),
    /// Rebuild the search index.
    ///
    /// The server can keep running. It searches the current index until the new one is complete. If interrupted, the
    /// command continues when run again.
    Reindex(Box<Config>),
    /// Check the settings and all dependencies, and suggest fixes.
    Doctor(Box<Config>),
    /// Print the GraphQL schema.
    Schema,
    /// Manage accounts and failed background work.
    #[command(subcommand)]
    Admin(Admin),
}

#[derive(Subcommand)]
enum Admin {
    /// Reset the password of an account and revoke its sessions. Prints the new password.
    ResetPassword {
        /// Email address of the account.
        email: String,
        #[command(flatten)]
        store: Store,
    },
    /// Allow new devices from one network to sign in to an account for one hour.
    ///
    /// Required after 100 wrong passwords for an account within an hour, which block devices unknown to it.
    AllowSignIn {
        /// Email address of the account.
        email: String,
        /// IP address of the devices. The log message `sign-in throttled` contains it.
        address: std::net::IpAddr,
        #[command(flatten)]
        store: Store,
    },
    /// List events that a durable reader (such as notifications) failed to process.
    Failures {
        /// Retry them.
        #[arg(long)]
        retry: bool,
        #[command(flatten)]
        store: Store,
    },
}

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    // Inspects a file, before any thread or setting exists: see the crate `previews`.
    if std::env::args_os().nth(1).is_some_and(|argument| argument == "previews") {
        return previews::run_worker();
    }
    directory::restrict_umask();
    run(CommandLine::parse())
}

#[tokio::main]
async fn run(line: CommandLine) -> ExitCode {
    logging::start(&line.log);
    let outcome = match line.command {
        Command::Serve(config) => serve(*config).await,
        Command::Migrate(store) => migrate(&store).await,
        Command::Replay(store) => run_replay(&store).await,
        Command::Verify(store) => run_verify(&store).await,
        Command::Reindex(config) => run_reindex(*config).await,
        Command::Doctor(config) => doctor(*config).await,
        Command::Schema => {
            print!("{}", graphql::sdl());
            Ok(())
        }
        Command::Admin(Admin::ResetPassword { email, store }) => reset_password(&email, store).await,
        Command::Admin(Admin::AllowSignIn { email, address, store }) => allow_sign_in(&email, address, store).await,
        Command::Admin(Admin::Failures { retry, store }) => failures(retry, store).await,
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("confab: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(config: Config) -> Outcome {
    if let Some(setting) = &config.failpoint {
        failpoint::arm(setting)?;
    }
    let listener =
        http::listen(config.listen).map_err(|error| format!("cannot listen on {}: {error}", config.listen))?;
    let address = listener.local_addr()?;
    let capacity = open_files::max_connections(open_files::raise_limit());
    let settings = http::Settings {
        connections: config.connections.map_or(capacity, |limit| usize::try_from(limit).unwrap_or(usize::MAX)),
        connections_per_address: config.connections_per_address.saturating_mul(4),
        trust_forwarded: config.trust_proxy,
        sockets_per_address: config.connections_per_address,
        admission_rate: config.admission_rate,
        timing: http::Timing {
            shutdown_notice: Duration::from_secs(config.notice_seconds),
            drain_period: Duration::from_secs(config.drain_seconds),
            ..http::Timing::default()
        },
        ..http::Settings::default()
    };
    let _lock = store::lock(&config.store)?;
    let app = server::start(config).await?;
    let url = app.config.public_url.clone().unwrap_or_else(|| format!("http://{address}"));
    print_urls(&url, account::lookup::is_any_registered(&app).await?);
    warn_if_exposed(address, &app.config);
    let shutdown = CancellationToken::new();
    supervise::spawn("signals", wait_for_signal(shutdown.clone()));
    http::serve(app, settings, listener, shutdown).await?;
    Ok(())
}

/// Prints the URL. A write error is ignored, because the terminal may have been closed.
fn print_urls(url: &str, has_accounts: bool) {
    let first = if has_accounts {
        String::new()
    } else {
        format!("  register the first account, which becomes the server administrator: {url}/register\n")
    };
    let text = format!("Confab is running: {url}\n  playground: {url}/playground\n{first}");
    let _ = std::io::stdout().write_all(text.as_bytes());
}

/// Warns if the port is open to other machines without https or without a public URL.
fn warn_if_exposed(address: SocketAddr, config: &Config) {
    if address.ip().is_loopback() || config.is_https() {
        return;
    }
    match &config.public_url {
        Some(_) => tracing::warn!(
            "server is reachable without encryption; use a reverse proxy with https and set CONFAB_PUBLIC_URL"
        ),
        None => tracing::warn!(
            "server listens publicly but responds only to localhost; set CONFAB_PUBLIC_URL to its public URL"
        ),
    }
}

async fn wait_for_signal(shutdown: CancellationToken) {
    let interrupt = tokio::signal::ctrl_c();
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut terminate) => drop(terminate.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = interrupt => {}
        () = terminate => {}
    }
    shutdown.cancel();
}

async fn doctor(config: Config) -> Outcome {
    let findings = doctor::examine(&config).await;
    for finding in &findings {
        println!("{finding}");
    }
    let failed = findings.iter().filter(|finding| finding.severity == doctor::Severity::Error).count();
    if failed == 0 { Ok(()) } else { Err(format!("{failed} checks failed").into()) }
}

async fn migrate(store: &Store) -> Outcome {
    store::open(store).await?.migrate().await?;
    println!("Database schema is up to date.");
    Ok(())
}

async fn run_replay(store: &Store) -> Outcome {
    let _lock = store::lock(store)?;
    let database = store::open(store).await?.migrate().await?;
    let bar = ProgressBar::no_length();
    let events = replay::all(&database, |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    })
    .await?;
    bar.finish_and_clear();
    println!("Rebuilt all tables from {events} events.");
    Ok(())
}

async fn run_verify(store: &Store) -> Outcome {
    let database = store::open(store).await?;
    let bar = ProgressBar::new_spinner();
    let report = verify::all(&database, |done| bar.set_position(done)).await?;
    bar.finish_and_clear();
    for flaw in &report.flaws {
        println!("{flaw}");
    }
    println!(
        "{} logs, {} events ({} erased), {} errors.",
        report.logs,
        report.events,
        report.erased,
        report.flaws.len()
    );
    if report.flaws.is_empty() { Ok(()) } else { Err("verification failed: a log is incomplete or modified".into()) }
}

async fn run_reindex(config: Config) -> Outcome {
    // If a running server holds the lock, that server rebuilds the index.
    let lock = store::lock(&config.store).unwrap_or_default();
    let bar = ProgressBar::no_length();
    let events = worker::reindex::run(&config, lock.is_some(), |done, all| {
        bar.set_length(all);
        bar.set_position(done);
    })
    .await?;
    bar.finish_and_clear();
    println!("Rebuilt the search index from {events} events.");
    Ok(())
}

async fn reset_password(email: &str, store: Store) -> Outcome {
    let app = server::open(Config::for_store(store)).await?;
    let password = password::generate();
    account::service::reset_password(&app, email, password.clone()).await?;
    println!("New password for {email}: {password}");
    Ok(())
}

async fn allow_sign_in(email: &str, address: std::net::IpAddr, store: Store) -> Outcome {
    let app = server::open(Config::for_store(store)).await?;
    let until = session::device::allow(&app, email, address).await?;
    println!("New devices on the network of {address} may sign in to {email} until {}.", until.to_rfc3339());
    Ok(())
}

async fn failures(retry: bool, store: Store) -> Outcome {
    let app = server::open(Config::for_store(store)).await?;
    let failures = reader::failures(&app.database).await?;
    println!("{} failed events.", failures.len());
    for failure in failures {
        println!(
            "{} {} {}: {} ({} attempts, {})",
            failure.name,
            failure.workspace_id,
            failure.seq,
            failure.error,
            failure.attempts,
            failure.at.to_rfc3339()
        );
        if retry {
            match worker::retry(&app, failure).await {
                Ok(()) => println!("  succeeded"),
                Err(error) => println!("  failed again: {error}"),
            }
        }
    }
    Ok(())
}
