//! Fills a running server with a demo organization, through its public API only.
//!
//! Creates a workspace, registers members through an invite link, creates channels and sends thousands of messages with
//! threads, reactions, edits, deletions and mentions in many languages. The same options produce the same data. An
//! interrupted run can be resumed with `--run` and repeats nothing.
//!
//! In reading order: [`organization`] (members and channels), [`template`], [`render`] and [`scene`] (message texts),
//! [`conversation`], [`casting`], [`script`] and [`scene_instance`] (who sends what where), [`ids`], [`provision`]
//! (accounts and memberships), [`channels`], [`player`] (sends the script).
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command-line program prints to its terminal")]

mod casting;
mod channels;
mod conversation;
mod ids;
mod organization;
mod player;
mod provision;
mod render;
mod scene;
mod scene_instance;
mod script;
mod template;

use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use futures_util::future::try_join_all;
use indicatif::{ProgressBar, ProgressStyle};
use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;
use serde_json::{Value, json};
use testbed::client::Client;
use testbed::{Failure, Result};

use crate::conversation::Conversation;
use crate::ids::Run;
use crate::organization::Organization;
use crate::player::{Player, Stats};
use crate::provision::{Founder, Plan};
use crate::script::Library;

/// Timeout of a single request.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// Total time to retry a request for.
const RETRY_TIMEOUT: Duration = Duration::from_secs(300);
const SERVER: &str = "query Server { server { needsFirstAccount limits { messageCharacters } } }";

/// Fill a running Confab server with a demo organization, through the public API.
#[derive(Debug, Clone, Parser)]
#[command(version, about)]
struct Options {
    /// URL of the server.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    url: String,
    /// Email of an existing account that creates the workspace. Defaults to registering ada@example.org as the first
    /// account of the server.
    #[arg(long, requires = "password")]
    email: Option<String>,
    /// Password of the account.
    #[arg(long, requires = "email")]
    password: Option<String>,
    /// Number of members, 3 to 2,000.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u16).range(3..=2000))]
    people: u16,
    /// Number of channels, 1 to 100, not counting direct messages.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=100))]
    channels: u16,
    /// Number of messages, up to 1,000,000.
    #[arg(long, default_value_t = 5000, value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    messages: u32,
    /// Seed of the random generator. The same seed and options produce the same data.
    #[arg(long, default_value_t = 1)]
    rng_seed: u64,
    /// Conversations sent concurrently.
    #[arg(long, default_value = "8")]
    concurrency: NonZeroUsize,
    /// Resume an interrupted run, with the ID that it printed at its start and the same options.
    #[arg(long)]
    run: Option<Run>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("seed: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// Fills the server and prints how to sign in.
async fn run(options: Options) -> Result<()> {
    let run = options.run.unwrap_or_else(Run::begin);
    let once = Client::pooled(&options.url)?.with_timeout(REQUEST_TIMEOUT);
    // Without retries, so that a wrong URL is reported at once.
    let server = once.try_query(SERVER, json!({})).await?;
    let anonymous = once.with_retries(RETRY_TIMEOUT);
    let needs_first_account = server.pointer("/server/needsFirstAccount").and_then(Value::as_bool);
    // Printed first, so that an interrupted run can be resumed.
    eprintln!("To resume an interrupted run, pass: --run {run}");
    let credentials = options.email.clone().zip(options.password.clone());
    let has_credentials = credentials.is_some();
    let founder = provision::founder(&anonymous, run, needs_first_account == Some(true), credentials).await?;
    let (organization, script) = plan_script(&options, has_credentials.then_some(founder.name.as_str()))?;
    let bar = progress(&organization, &script);
    let concurrency = options.concurrency;
    let plan = Plan { anonymous: &anonymous, organization: &organization, run, concurrency, bar: &bar };
    let mut provisioned = provision::provision(plan, &founder).await?;
    bar.set_message("channels");
    provisioned.channels = channels::create_all(plan, &provisioned).await?;
    bar.set_message("messages");
    let player = Player::new(&provisioned, &script, run, &bar);
    let stats = player.play(concurrency).await?;
    bar.set_message("read state");
    let reads = (0..provisioned.clients.len()).map(|who| {
        let provisioned = &provisioned;
        async move {
            let seed = options.rng_seed.wrapping_add(who as u64);
            player::mark_read(provisioned, who, &mut Xoshiro256PlusPlus::seed_from_u64(seed)).await
        }
    });
    try_join_all(reads).await?;
    bar.finish_and_clear();
    println!("{}", summary(&options, &founder, &organization, run, &stats));
    Ok(())
}

/// The organization and its script: a pure function of the options and the founder's name.
fn plan_script(options: &Options, founder: Option<&str>) -> Result<(Organization, Vec<Conversation>)> {
    let invalid = |error: String| Failure::new(format!("invalid built-in scenes: {error}"));
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(options.rng_seed);
    let (people, channels) = (options.people.into(), options.channels.into());
    let organization = Organization::generate(founder, people, channels, &mut rng).map_err(invalid)?;
    let library = Library::read().map_err(invalid)?;
    let messages = usize::try_from(options.messages).unwrap_or(usize::MAX);
    let script = library.write(&organization, messages, &mut rng).map_err(invalid)?;
    Ok((organization, script))
}

fn progress(organization: &Organization, script: &[Conversation]) -> ProgressBar {
    let lines: usize = script.iter().map(|conversation| conversation.lines.len()).sum();
    let steps = organization.members.len() - 1 + organization.channels.len() + lines;
    let bar = ProgressBar::new(steps as u64);
    let style = "{msg:10} {wide_bar} {pos}/{len} {per_sec} {eta}";
    if let Ok(style) = ProgressStyle::with_template(style) {
        bar.set_style(style);
    }
    bar
}

fn summary(options: &Options, founder: &Founder, organization: &Organization, run: Run, stats: &Stats) -> String {
    let seconds = stats.elapsed.as_secs_f64().max(0.001);
    let password = match options.password {
        Some(_) => "(as given)",
        None => &founder.password,
    };
    let example = organization.members.get(1).map(|member| provision::email_of(member, run));
    let mut text = format!(
        "\n{name} is at   {url}\nsign in as         {email}\npassword           {password}\n\
         or as a member     {example}\npassword           {colleagues} (the same for all of them)\n\n\
         {members} members, {channels} channels and direct messages\n\
         {messages} messages ({replies} in threads), {reactions} reactions, {edits} edits, {deletions} deletions\n\
         {seconds:.1} s, {rate:.0} messages per second",
        name = organization::NAME,
        url = options.url,
        email = founder.email,
        example = example.unwrap_or_default(),
        colleagues = run.password("people"),
        members = organization.members.len(),
        channels = organization.channels.len(),
        messages = stats.messages,
        replies = stats.replies,
        reactions = stats.reactions,
        edits = stats.edits,
        deletions = stats.deletions,
        rate = stats.messages as f64 / seconds,
    );
    if stats.rejected > 0 {
        text.push_str(&format!("\n{} requests were rejected. Examples:", stats.rejected));
        for rejection in &stats.rejections {
            text.push_str(&format!("\n  {rejection}"));
        }
    }
    text
}
