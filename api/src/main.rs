//! The command line. Everything it does stands in the library.
#![forbid(unsafe_code)]
#![recursion_limit = "256"]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line talks to its terminal")]

use std::io::Write;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use api::app::{self, App};
use api::config::{Config, Store};
use api::log::{failpoint, reader, replay, verify};
use api::{account, directory, doctor, graphql, handles, http, logging, seed, sign_in, supervise, worker};
use clap::{Parser, Subcommand};
use indicatif::ProgressBar;
use tokio_util::sync::CancellationToken;

// Gives memory back: with the system's allocator every password check left its 19 MiB behind.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Team chat that a company runs itself.
#[derive(Parser)]
#[command(version, about)]
struct CommandLine {
    /// What is logged: error, warn, info, debug, trace, or a filter such as `api::log=debug,info`. Of libraries
    /// nothing below info is.
    #[arg(long, env = "CONFAB_LOG", default_value = "info", global = true)]
    log: String,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server. Without settings: embedded, in `./data`, on `http://127.0.0.1:8080`.
    Serve(Box<Config>),
    /// Bring the database up to date and end.
    Migrate(Store),
    /// Rebuild all tables from the logs. Stop the server first.
    Replay(Store),
    /// Prove that the logs are whole and unchanged.
    Verify(Store),
    /// Build the search index anew, and put it in the place of the one in use when it is done. The server may run,
    /// and searches what there is meanwhile. Run again it goes on where it was ended.
    Reindex(Box<Config>),
    /// Look at the settings and at everything that the server depends on, and say what to do.
    Doctor(Box<Config>),
    /// Print the GraphQL schema.
    Schema,
    /// Fill a running server with a made-up company, through its public API.
    Seed(seed::Options),
    /// Help people who cannot help themselves.
    #[command(subcommand)]
    Admin(Admin),
}

#[derive(Subcommand)]
enum Admin {
    /// Give an account a new password and end its sign-ins. Prints the password.
    ResetPassword {
        /// The address of the account.
        email: String,
        #[command(flatten)]
        store: Store,
    },
    /// Let devices that are not known sign in to an account for an hour, from the network of one address. Needed after
    /// too many wrong passwords for the account.
    AllowSignIn {
        /// The e-mail address of the account.
        email: String,
        /// The IP address that they come from; the log line `sign-in throttled` names it.
        address: std::net::IpAddr,
        #[command(flatten)]
        store: Store,
    },
    /// List the events that a reader of the log gave up on (such as notifications).
    Failures {
        /// Try them again.
        #[arg(long)]
        retry: bool,
        #[command(flatten)]
        store: Store,
    },
}

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    // Looks into one file, before there are threads or settings: see the crate `previews`.
    if std::env::args_os().nth(1).is_some_and(|argument| argument == "previews") {
        return previews::child();
    }
    directory::seal();
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
        Command::Seed(options) => seed::run(options).await.map_err(Into::into),
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
    let fitting = handles::connections(handles::raise());
    let settings = http::Settings {
        connections: config.connections.map_or(fitting, |most| usize::try_from(most).unwrap_or(usize::MAX)),
        connections_of_address: config.connections_per_address.saturating_mul(4),
        trust_forwarded: config.trust_proxy,
        sockets_per_address: config.connections_per_address,
        admission_rate: config.admission_rate,
        timing: http::Timing {
            notice: Duration::from_secs(config.notice_seconds),
            drain: Duration::from_secs(config.drain_seconds),
            ..http::Timing::default()
        },
        ..http::Settings::default()
    };
    let _lock = app::lock(&config.store)?;
    let app = App::start(config).await?;
    let url = app.config.public_url.clone().unwrap_or_else(|| format!("http://{address}"));
    greet(&url, account::service::any(&app).await?);
    warn_of_strangers(address, &app.config);
    let shutdown = CancellationToken::new();
    supervise::spawn("signals", wait_for_signal(shutdown.clone()));
    http::serve(app, settings, listener, shutdown).await?;
    Ok(())
}

/// Says where to go. A terminal that was closed meanwhile is no reason to stop.
fn greet(url: &str, has_accounts: bool) {
    let first = if has_accounts {
        String::new()
    } else {
        format!("  The first person to register administers this server: {url}/register\n")
    };
    let text = format!("Confab is running: {url}\n  playground: {url}/playground\n{first}");
    let _ = std::io::stdout().write_all(text.as_bytes());
}

/// Says what is missing when the port is open to other machines.
fn warn_of_strangers(address: SocketAddr, config: &Config) {
    if address.ip().is_loopback() || config.is_https() {
        return;
    }
    match &config.public_url {
        Some(_) => tracing::warn!(
            "people reach this server without encryption; put a proxy with https before it and set CONFAB_PUBLIC_URL"
        ),
        None => tracing::warn!(
            "the port is open to other machines, but without CONFAB_PUBLIC_URL only requests to localhost are answered"
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
    let bad = findings.iter().filter(|finding| finding.standing == doctor::Standing::Bad).count();
    if bad == 0 { Ok(()) } else { Err(format!("{bad} things are bad").into()) }
}

async fn migrate(store: &Store) -> Outcome {
    app::open(store).await?.migrate().await?;
    println!("The database is up to date.");
    Ok(())
}

async fn run_replay(store: &Store) -> Outcome {
    let _lock = app::lock(store)?;
    let database = app::open(store).await?.migrate().await?;
    let bar = ProgressBar::no_length();
    let events = replay::all(&database, |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    })
    .await?;
    bar.finish_and_clear();
    println!("Rebuilt the tables from {events} events.");
    Ok(())
}

async fn run_verify(store: &Store) -> Outcome {
    let database = app::open(store).await?;
    let bar = ProgressBar::new_spinner();
    let report = verify::all(&database, |done| bar.set_position(done)).await?;
    bar.finish_and_clear();
    for flaw in &report.flaws {
        println!("{flaw}");
    }
    println!(
        "{} logs, {} events, {} of them erased, {} flaws.",
        report.logs,
        report.events,
        report.erased,
        report.flaws.len()
    );
    if report.flaws.is_empty() { Ok(()) } else { Err("a log is not what was written".into()) }
}

async fn run_reindex(config: Config) -> Outcome {
    // Where a server holds the data directory, that server does the work.
    let lock = app::lock(&config.store).unwrap_or_default();
    let bar = ProgressBar::no_length();
    let events = worker::reindex::run(&config, lock.is_some(), |done, all| {
        bar.set_length(all);
        bar.set_position(done);
    })
    .await?;
    bar.finish_and_clear();
    println!("A new index of {events} events is in use.");
    Ok(())
}

async fn reset_password(email: &str, store: Store) -> Outcome {
    let app = App::open(Config::of_store(store)).await?;
    let password = account::password::generate();
    account::service::reset_password(&app, email, password.clone()).await?;
    println!("The new password of {email}: {password}");
    Ok(())
}

async fn allow_sign_in(email: &str, address: std::net::IpAddr, store: Store) -> Outcome {
    let app = App::open(Config::of_store(store)).await?;
    let until = sign_in::device::allow(&app, email, address).await?;
    println!("New devices from the network of {address} may sign in to {email} until {}.", until.to_rfc3339());
    Ok(())
}

async fn failures(retry: bool, store: Store) -> Outcome {
    let app = App::open(Config::of_store(store)).await?;
    let failures = reader::failures(&app.database).await?;
    println!("{} events were given up.", failures.len());
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
                Ok(()) => println!("  handled now"),
                Err(error) => println!("  failed again: {error}"),
            }
        }
    }
    Ok(())
}
