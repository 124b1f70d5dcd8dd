//! `confab seed`: fills a running server with a believable company, through its public API alone.
//!
//! It founds a workspace, lets people register through an invite link, opens channels and plays
//! thousands of messages with threads, reactions, edits, deletions and mentions in many languages.
//! The same options give the same company; a run that was interrupted can be begun again (`--run`)
//! and repeats nothing. It speaks only the wire and knows nothing of the server's other modules but
//! the shape of ids.
//!
//! In reading order: [`company`] (who), [`template`], [`fill`] and [`scene`] (what may be
//! said), [`script`] and `performance` (who says what where), [`ids`], [`wire`], [`settle`] (people come),
//! [`open`] (channels), [`play`] (it is said).

pub mod company;
pub mod fill;
pub mod ids;
pub mod open;
mod performance;
pub mod play;
pub mod scene;
pub mod script;
pub mod settle;
pub mod template;
pub mod wire;

use std::io::{self, Write};
use std::num::NonZeroUsize;

use futures_util::future::try_join_all;
use indicatif::{ProgressBar, ProgressStyle};
use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;
use serde_json::{Value, json};

use self::company::Company;
use self::ids::Run;
use self::play::{Figures, Player};
use self::script::{Conversation, Library};
use self::settle::{Founder, Plan};
use self::wire::{Client, Failure};

const SERVER: &str = "query Server { server { needsFirstAccount limits { messageCharacters } } }";

/// The options of `confab seed`.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// The server to fill.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    pub url: String,
    /// An existing account that founds the company. Without it the first account of the server,
    /// ada@example.org, is registered.
    #[arg(long, requires = "password")]
    pub email: Option<String>,
    /// Its password.
    #[arg(long, requires = "email")]
    pub password: Option<String>,
    /// How many people work there.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u16).range(3..=2000))]
    pub people: u16,
    /// How many channels it has, direct ones not counted.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=100))]
    pub channels: u16,
    /// How many messages are sent.
    #[arg(long, default_value_t = 5000, value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    pub messages: u32,
    /// Another number, another company.
    #[arg(long, default_value_t = 1)]
    pub rng_seed: u64,
    /// How many conversations go on at the same time.
    #[arg(long, default_value = "8")]
    pub concurrency: NonZeroUsize,
    /// Go on with an interrupted run: what it printed at its beginning. Give the same options again.
    #[arg(long)]
    pub run: Option<Run>,
}

/// Why the server could not be filled.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The server refused something essential or cannot be reached.
    #[error(transparent)]
    Wire(#[from] Failure),
    /// The terminal went away.
    #[error(transparent)]
    Terminal(#[from] io::Error),
    /// A defect in the built-in people, channels or scenes.
    #[error("the built-in scenes have a defect: {0}")]
    Scenes(String),
}

/// Fills the server and prints how to look at it.
///
/// # Errors
/// The server cannot be reached, refuses the account, or goes away for longer than five minutes.
pub async fn run(options: Options) -> Result<(), Error> {
    let run = options.run.unwrap_or_else(Run::begin);
    let anonymous = Client::new(&options.url)?;
    let server = anonymous.call_once(SERVER, &json!({})).await?;
    let first = server.pointer("/server/needsFirstAccount").and_then(Value::as_bool);
    // Printed first: whoever interrupts the run can go on with it.
    writeln!(io::stderr(), "If this is interrupted, go on with: --run {run}")?;
    let named = options.email.clone().zip(options.password.clone());
    let own_name = named.is_some();
    let founder = settle::founder(&anonymous, run, first == Some(true), named).await?;
    let (company, script) = write(&options, own_name.then_some(founder.name.as_str()))?;
    let bar = progress(&company, &script);
    let plan = Plan { anonymous: &anonymous, company: &company, run, at_once: options.concurrency, bar: &bar };
    let settled = settle::settle(plan, &founder).await?;
    bar.set_message("messages");
    let player = Player::new(&settled, &script, run, &bar);
    let figures = player.play(options.concurrency).await?;
    bar.set_message("reading");
    let everybody = (0..settled.people.len()).map(|who| {
        let settled = &settled;
        async move {
            let seed = options.rng_seed.wrapping_add(who as u64);
            play::read(settled, who, &mut Xoshiro256PlusPlus::seed_from_u64(seed)).await
        }
    });
    try_join_all(everybody).await?;
    bar.finish_and_clear();
    let summary = summary(&options, &founder, &company, run, &figures);
    Ok(writeln!(io::stdout(), "{summary}")?)
}

/// The company and its script; a pure function of the options and the founder's name.
fn write(options: &Options, founder: Option<&str>) -> Result<(Company, Vec<Conversation>), Error> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(options.rng_seed);
    let (people, channels) = (options.people.into(), options.channels.into());
    let company = Company::found(founder, people, channels, &mut rng).map_err(Error::Scenes)?;
    let library = Library::read().map_err(Error::Scenes)?;
    let messages = usize::try_from(options.messages).unwrap_or(usize::MAX);
    let script = library.write(&company, messages, &mut rng).map_err(Error::Scenes)?;
    Ok((company, script))
}

fn progress(company: &Company, script: &[Conversation]) -> ProgressBar {
    let lines: usize = script.iter().map(|conversation| conversation.lines.len()).sum();
    let steps = company.people.len() - 1 + company.channels.len() + lines;
    let bar = ProgressBar::new(steps as u64);
    let style = "{msg:10} {wide_bar} {pos}/{len} {per_sec} {eta}";
    if let Ok(style) = ProgressStyle::with_template(style) {
        bar.set_style(style);
    }
    bar
}

fn summary(options: &Options, founder: &Founder, company: &Company, run: Run, figures: &Figures) -> String {
    let seconds = figures.took.as_secs_f64().max(0.001);
    let password = match options.password {
        Some(_) => "(the one you gave)",
        None => &founder.password,
    };
    let example = company.people.get(1).map(|person| settle::address(person, run));
    let mut text = format!(
        "\n{name} is at   {url}\nsign in as         {email}\npassword           {password}\n\
         or as a colleague  {example}\npassword           {colleagues} (the same for all of them)\n\n\
         {people} people, {channels} channels and direct conversations\n\
         {messages} messages ({replies} in threads), {reactions} reactions, {edits} edits, {deletions} deletions\n\
         {seconds:.1} s, {rate:.0} messages per second",
        name = company::NAME,
        url = options.url,
        email = founder.email,
        example = example.unwrap_or_default(),
        colleagues = run.password("people"),
        people = company.people.len(),
        channels = company.channels.len(),
        messages = figures.messages,
        replies = figures.replies,
        reactions = figures.reactions,
        edits = figures.edits,
        deletions = figures.deletions,
        rate = figures.messages as f64 / seconds,
    );
    if figures.refused > 0 {
        text.push_str(&format!("\n{} lines were refused, such as", figures.refused));
        for refusal in &figures.refusals {
            text.push_str(&format!("\n  {refusal}"));
        }
    }
    text
}
