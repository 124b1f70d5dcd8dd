//! The setup of a measurement: accounts, a workspace and a channel with all of them, created through the API.

use futures_util::stream::{self, StreamExt, TryStreamExt};
use serde_json::{Value, json};
use testbed::client::{Client, RequestError};
use testbed::id::fresh;

use crate::target::Target;
use crate::{Failure, Result};

/// Accounts registered concurrently.
const REGISTER_CONCURRENCY: usize = 8;
/// Live connections per account; servers limit them.
const CONNECTIONS_PER_ACCOUNT: usize = 40;

/// Server and account.
#[derive(Debug, Clone, clap::Args)]
#[group(id = "server")]
pub struct Options {
    /// Server URL. Repeat it for a fleet: senders and subscribers are distributed.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    url: Vec<String>,
    /// Token of an account that may create a workspace.
    #[arg(long, conflicts_with_all = ["email", "password"])]
    token: Option<String>,
    /// Account that may create a workspace. Registered if the server has no account.
    #[arg(long, default_value = "load@example.org")]
    email: String,
    /// Its password. Generated and printed if a new account is registered without one.
    #[arg(long)]
    password: Option<String>,
    /// Number of accounts. Defaults to one per 40 connections, at least 8.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=2000))]
    accounts: Option<u16>,
    /// Confirm that the server may be loaded although it is on another machine.
    #[arg(long)]
    i_own_this_server: bool,
    /// Process id of a server, to report its resource use. Repeatable.
    #[arg(long)]
    pub pid: Vec<u32>,
}

/// The prepared server, workspace and accounts.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The server used for setup.
    pub target: Target,
    /// All servers of the fleet.
    pub targets: Vec<Target>,
    /// Workspace id.
    pub workspace: String,
    /// Channel with all accounts.
    pub channel: String,
    /// Session tokens of the accounts.
    pub tokens: Vec<String>,
    /// Process ids of the servers.
    pub pids: Vec<u32>,
}

impl Setup {
    /// Prepares accounts for `connections` live connections.
    ///
    /// # Errors
    /// The server cannot be reached, or rejects the account or a step.
    pub async fn prepare(options: &Options, connections: usize) -> Result<Self> {
        let accounts = match options.accounts {
            Some(accounts) => accounts.into(),
            None => connections.div_ceil(CONNECTIONS_PER_ACCOUNT).max(8),
        };
        let mut targets = Vec::new();
        for url in &options.url {
            targets.push(Target::find(url, options.i_own_this_server).await?);
        }
        let target = targets.first().cloned().ok_or_else(|| Failure::new("no server specified"))?;
        let owner = sign_in(&target.client, options).await?;
        let workspace = owner.create_workspace("Load").await?.id;
        let invite = owner.create_invite(&workspace).await?;
        let joined: Vec<(Client, String)> = stream::iter(1..accounts)
            .map(|_| join(&owner, &invite))
            .buffer_unordered(REGISTER_CONCURRENCY)
            .try_collect()
            .await?;
        let members: Vec<&String> = joined.iter().map(|(_, member)| member).collect();
        let channel = owner.create_channel(&workspace, json!({ "name": "load", "memberIds": members })).await?;
        let clients = std::iter::once(owner).chain(joined.into_iter().map(|(client, _)| client));
        let tokens = clients.filter_map(|client| client.token).collect();
        Ok(Self { workspace, channel, tokens, target, targets, pids: options.pid.clone() })
    }

    /// Creates private channels that contain only the owner.
    ///
    /// # Errors
    /// The server rejects one.
    pub async fn add_channels(&self, count: u16) -> Result<()> {
        for nth in 0..count {
            let input = json!({ "kind": "PRIVATE", "name": format!("quiet-{nth}") });
            self.client(0).create_channel(&self.workspace, input).await?;
        }
        Ok(())
    }

    /// The server of the nth worker.
    pub fn target(&self, nth: usize) -> &Target {
        self.targets.get(nth % self.targets.len().max(1)).unwrap_or(&self.target)
    }

    /// The token of the nth worker.
    pub fn token(&self, nth: usize) -> &str {
        &self.tokens[nth % self.tokens.len()]
    }

    /// A client of the nth worker, for everything but load.
    pub fn client(&self, nth: usize) -> Client {
        self.target(nth).client.signed_in(self.token(nth))
    }

    /// The head of the workspace's log.
    ///
    /// # Errors
    /// The server does not return it.
    pub async fn seq(&self) -> Result<u64> {
        let seq = self.client(0).seq(&self.workspace).await?;
        u64::try_from(seq).map_err(Failure::new)
    }
}

/// Signs in, or registers the first account of the server.
async fn sign_in(server: &Client, options: &Options) -> Result<Client> {
    if let Some(token) = &options.token {
        return Ok(server.signed_in(&**token));
    }
    let answer = server.try_query("query Server { server { needsFirstAccount } }", Value::Null).await?;
    let is_first = answer.pointer("/server/needsFirstAccount").and_then(Value::as_bool) == Some(true);
    match (&options.password, is_first) {
        (Some(password), false) => Ok(server.sign_in(&options.email, password).await?),
        (Some(password), true) => Ok(server.register_with(&options.email, password, "Load", None).await?),
        (None, true) => {
            let password = fresh().simple().to_string();
            eprintln!("registering {} with password {password}", options.email);
            Ok(server.register_with(&options.email, &password, "Load", None).await?)
        }
        (None, false) => Err(Failure::new("the server has accounts: specify --token, or --email and --password")),
    }
}

/// Registers an account that joins the workspace. Returns its client and member id.
async fn join(server: &Client, invite: &str) -> Result<(Client, String), RequestError> {
    let unique = fresh().simple().to_string();
    let (email, name) = (format!("load.{unique}@example.org"), format!("Load {}", &unique[26..]));
    let client = server.register_with(&email, &fresh().to_string(), &name, Some(invite)).await?;
    let member = client.accept_invite(invite).await?;
    Ok((client, member))
}
