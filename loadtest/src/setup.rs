//! The setup of a measurement: accounts, a workspace and a channel with all of them, created through the API.
//!
//! Retries on request of the server (`retryAfter`), up to a timeout.

use std::time::{Duration, Instant};

use futures_util::stream::{self, StreamExt, TryStreamExt};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::http::Http;
use crate::target::Target;
use crate::{Failure, Result};

/// Accounts registered concurrently.
const REGISTER_CONCURRENCY: usize = 8;
/// Live connections per account; servers limit them.
const CONNECTIONS_PER_ACCOUNT: usize = 40;
/// How long a setup request is retried.
const RETRY_TIMEOUT: Duration = Duration::from_secs(120);

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
        let owner = sign_in(&target, options).await?;
        let mut api = Api::open(&target, Some(owner.clone())).await?;
        let workspace = mint("wks_");
        let input = json!({ "id": workspace, "name": "Load" });
        let document =
            "mutation Create($input: CreateWorkspaceInput!) { createWorkspace(input: $input) { workspace { id } } }";
        api.call(document, input).await?;
        let input = json!({ "workspaceId": workspace, "id": mint("inv_") });
        let document = "mutation Invite($input: CreateInviteInput!) { createInvite(input: $input) { url } }";
        let answer = api.call(document, input).await?;
        let url = text(&answer, "/createInvite/url")?;
        let invite = url.rsplit(['/', '=', '#']).next().unwrap_or(&url);

        let joined: Vec<(String, String)> = stream::iter(1..accounts)
            .map(|_| join(&target, &workspace, invite))
            .buffer_unordered(REGISTER_CONCURRENCY)
            .try_collect()
            .await?;
        let channel = mint("chn_");
        let members: Vec<&String> = joined.iter().map(|(_, member)| member).collect();
        let input = json!({ "workspaceId": workspace, "id": channel, "name": "load", "memberIds": members });
        let document = "mutation Channel($input: CreateChannelInput!) { createChannel(input: $input) { seq } }";
        api.call(document, input).await?;
        let tokens = std::iter::once(owner).chain(joined.into_iter().map(|(token, _)| token));
        Ok(Self { workspace, channel, tokens: tokens.collect(), target, targets, pids: options.pid.clone() })
    }

    /// Creates private channels that contain only the owner.
    ///
    /// # Errors
    /// The server rejects one.
    pub async fn add_channels(&self, count: u16) -> Result<()> {
        let mut api = Api::open(&self.target, Some(self.tokens[0].clone())).await?;
        let document = "mutation Channel($input: CreateChannelInput!) { createChannel(input: $input) { seq } }";
        for nth in 0..count {
            let input = json!({
                "workspaceId": self.workspace, "id": mint("chn_"), "kind": "PRIVATE", "name": format!("quiet-{nth}"),
            });
            api.call(document, input).await?;
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

    /// The head of the workspace's log.
    ///
    /// # Errors
    /// The server does not return it.
    pub async fn seq(&self) -> Result<u64> {
        let mut api = Api::open(&self.target, Some(self.tokens[0].clone())).await?;
        let document = "query Seq($id: ID!) { workspace(id: $id) { seq } }";
        let answer = api.query(document, json!({ "id": self.workspace })).await?;
        let seq = answer.pointer("/workspace/seq").and_then(Value::as_u64);
        seq.ok_or_else(|| Failure::new("the workspace has no seq"))
    }
}

async fn sign_in(target: &Target, options: &Options) -> Result<String> {
    if let Some(token) = &options.token {
        return Ok(token.clone());
    }
    let mut api = Api::open(target, None).await?;
    let answer = api.query("query Server { server { needsFirstAccount } }", json!({})).await?;
    let first = answer.pointer("/server/needsFirstAccount").and_then(Value::as_bool) == Some(true);
    let password = match (&options.password, first) {
        (Some(password), _) => password.clone(),
        (None, true) => {
            let password = fresh().simple().to_string();
            eprintln!("registering {} with password {password}", options.email);
            password
        }
        (None, false) => {
            return Err(Failure::new("the server has accounts: specify --token, or --email and --password"));
        }
    };
    let (document, payload) = if first {
        ("mutation Register($input: RegisterInput!) { register(input: $input) { token } }", "/register/token")
    } else {
        ("mutation SignIn($input: SignInInput!) { signIn(input: $input) { token } }", "/signIn/token")
    };
    let mut input = json!({ "email": options.email, "password": password });
    if first {
        input["name"] = json!("Load");
    }
    text(&api.call(document, input).await?, payload)
}

/// Registers an account that joins the workspace. Returns its token and member id.
async fn join(target: &Target, workspace: &str, invite: &str) -> Result<(String, String)> {
    let unique = fresh().simple().to_string();
    let mut api = Api::open(target, None).await?;
    let input = json!({
        "email": format!("load.{unique}@example.org"), "password": fresh().to_string(),
        "name": format!("Load {}", &unique[26..]), "inviteToken": invite,
    });
    let document = "mutation Register($input: RegisterInput!) { register(input: $input) { token } }";
    let token = text(&api.call(document, input).await?, "/register/token")?;
    api.token = Some(token.clone());
    let input = json!({ "commandId": mint("cmd_"), "token": invite, "handle": format!("l{}", &unique[20..]) });
    let document = "mutation Accept($input: AcceptInviteInput!) { acceptInvite(input: $input) { workspace { id } } }";
    api.call(document, input).await?;
    let document = "query Me($id: ID!) { workspace(id: $id) { me { id } } }";
    let answer = api.query(document, json!({ "id": workspace })).await?;
    Ok((token, text(&answer, "/workspace/me/id")?))
}

/// A new id with a prefix.
pub fn mint(prefix: &str) -> String {
    format!("{prefix}{}", fresh())
}

/// A new UUID.
#[expect(clippy::disallowed_methods, reason = "this is the one place of this tool that mints ids")]
pub fn fresh() -> Uuid {
    Uuid::now_v7()
}

/// A string in a response.
///
/// # Errors
/// There is none at this path.
pub fn text(answer: &Value, pointer: &str) -> Result<String> {
    let found = answer.pointer(pointer).and_then(Value::as_str);
    let missing = || Failure::new(format!("the response has no {pointer}"));
    found.map(str::to_owned).ok_or_else(missing)
}

/// A connection for setup, with retries and JSON parsing.
pub struct Api {
    http: Http,
    /// Session token.
    pub token: Option<String>,
}

impl Api {
    /// Connects.
    ///
    /// # Errors
    /// The connection is refused.
    pub async fn open(target: &Target, token: Option<String>) -> Result<Self> {
        let http = Http::open(target).await?;
        Ok(Self { http, token })
    }

    /// Sends a document with one `input`.
    ///
    /// # Errors
    /// Those of [`Self::query`].
    pub async fn call(&mut self, document: &str, input: Value) -> Result<Value> {
        self.query(document, json!({ "input": input })).await
    }

    /// Sends a document. Transient errors are retried with the same ids.
    ///
    /// # Errors
    /// The server rejects it, or retries time out.
    pub async fn query(&mut self, document: &str, variables: Value) -> Result<Value> {
        let body = json!({ "query": document, "variables": variables }).to_string();
        let begun = Instant::now();
        loop {
            let (status, answer) = self.http.graphql(self.token.as_deref(), &body).await?;
            let no_json = |_| Failure::new(format!("status {status} without JSON"));
            let mut answer: Value = serde_json::from_slice(answer).map_err(no_json)?;
            let Some(error) = answer.pointer("/errors/0") else {
                return Ok(answer["data"].take());
            };
            let code = error.pointer("/extensions/code").and_then(Value::as_str).unwrap_or("");
            let wait = error.pointer("/extensions/retryAfter").and_then(Value::as_f64);
            let wait = Duration::from_secs_f64(wait.unwrap_or(0.2).clamp(0.05, 60.0));
            let is_transient = matches!(code, "UNAVAILABLE" | "RATE_LIMITED");
            if !is_transient || begun.elapsed() + wait > RETRY_TIMEOUT {
                return Err(Failure::new(format!("{document}: {error}")));
            }
            tokio::time::sleep(wait).await;
        }
    }
}
