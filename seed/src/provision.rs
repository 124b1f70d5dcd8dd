//! Provisions the organization on the server: the founder's session, the workspace, the invite, and all accounts and
//! memberships.
//!
//! Idempotent: steps already done by the same run have no effect.

use std::num::NonZeroUsize;

use futures_util::stream::{StreamExt, TryStreamExt};
use indicatif::ProgressBar;
use serde_json::json;
use testbed::client::{Client, RequestError, text};
use testbed::fixture::invite_token;

use crate::ids::Run;
use crate::organization::{self, Organization};

/// The founder's account and its authenticated client.
pub struct Founder {
    /// Authenticated as the founder.
    pub client: Client,
    /// The name of the account.
    pub name: String,
    /// The email of the account.
    pub email: String,
    /// The password of the account.
    pub password: String,
}

/// The organization as provisioned on the server. Vectors are indexed like those of [`Organization`].
pub struct Provisioned {
    /// The id of the workspace.
    pub workspace: String,
    /// An authenticated client per member.
    pub clients: Vec<Client>,
    /// The ids of the members.
    pub member_ids: Vec<String>,
    /// The ids of the channels. Empty until they are created.
    pub channels: Vec<String>,
}

/// Signs in the founder, or registers them as the first account of the server.
///
/// # Errors
/// The account does not exist, or the server already has accounts and no credentials were given.
pub async fn founder(
    client: &Client,
    run: Run,
    needs_first_account: bool,
    credentials: Option<(String, String)>,
) -> Result<Founder, RequestError> {
    let has_credentials = credentials.is_some();
    let (email, password) = credentials.unwrap_or_else(|| ("ada@example.org".to_owned(), run.password("founder")));
    let data = if needs_first_account {
        let name = if has_credentials { "The founder" } else { "Ada Lindqvist" };
        let input = json!({ "email": email, "password": password, "name": name });
        client.try_mutate("register", &input, "account { name } token").await?
    } else {
        let input = json!({ "email": email, "password": password });
        let data = client.try_mutate("signIn", &input, "account { name } token").await;
        data.map_err(|error| match error {
            RequestError::Rejected { code, .. } if !has_credentials => RequestError::Rejected {
                code,
                reason: None,
                message: "The server already has accounts: give --email and --password of \
                          an account, or --run of the run that made the organization."
                    .into(),
                retry_after: None,
            },
            other => other,
        })?
    };
    Ok(Founder {
        client: client.signed_in(text(&data, "/token")?),
        name: text(&data, "/account/name")?,
        email,
        password,
    })
}

/// The inputs of provisioning.
#[derive(Clone, Copy)]
pub struct Plan<'a> {
    /// Not authenticated.
    pub anonymous: &'a Client,
    /// The organization to provision.
    pub organization: &'a Organization,
    /// The run.
    pub run: Run,
    /// Maximum concurrent requests.
    pub concurrency: NonZeroUsize,
    /// The progress bar.
    pub bar: &'a ProgressBar,
}

/// Creates the workspace and its members.
///
/// # Errors
/// The server rejects a step or becomes unreachable.
pub async fn provision(plan: Plan<'_>, founder: &Founder) -> Result<Provisioned, RequestError> {
    let Plan { organization, run, bar, .. } = plan;
    let workspace = run.workspace();
    let input = json!({ "id": workspace, "name": organization::NAME });
    let data = founder.client.try_mutate("createWorkspace", &input, "workspace { me { id } }").await?;
    let me = text(&data, "/workspace/me/id")?;
    let input = json!({ "workspaceId": workspace, "expiresInSeconds": 86_400 });
    // A new invite for each run: the link is shown only once.
    let url = text(&founder.client.try_mutate("createInvite", &input, "url").await?, "/url")?;
    let token = invite_token(&url);

    bar.set_message("members");
    let others = organization.members.iter().enumerate().skip(1);
    let joined: Vec<(Client, String)> = futures_util::stream::iter(others)
        .map(|(number, member)| async move {
            let joined = join(plan, token, member, number).await;
            bar.inc(1);
            joined
        })
        .buffered(plan.concurrency.get())
        .try_collect()
        .await?;
    let (mut clients, mut member_ids) = (vec![founder.client.clone()], vec![me]);
    for (client, member) in joined {
        clients.push(client);
        member_ids.push(member);
    }
    let provisioned = Provisioned { workspace, clients, member_ids, channels: Vec::new() };
    promote(&provisioned, organization, run).await?;
    Ok(provisioned)
}

/// Registers a member, or signs them in if the same run already did, and accepts the invite.
async fn join(
    plan: Plan<'_>,
    invite: &str,
    member: &organization::Member,
    number: usize,
) -> Result<(Client, String), RequestError> {
    let Plan { anonymous, run, .. } = plan;
    let email = email_of(member, run);
    let password = run.password("people");
    let registered = anonymous.register_with(&email, &password, &member.name, Some(invite)).await;
    let client = match registered {
        Ok(client) => client,
        Err(error) => anonymous.sign_in(&email, &password).await.map_err(|_| error)?,
    };
    for (command, handle) in [("accept", Some(&member.handle)), ("accept again", None)] {
        let command = run.command(&format!("{command} {number}"));
        let input = json!({ "commandId": command, "token": invite, "handle": handle });
        match client.try_mutate("acceptInvite", &input, "workspace { id }").await {
            Ok(_) => break,
            // The handle is taken or they are a member already; the query below tells which.
            Err(error) if matches!(error.code(), "CONFLICT" | "BAD_USER_INPUT") => {}
            Err(error) => return Err(error),
        }
    }
    let document = "query Me($workspaceId: ID!) { workspace(id: $workspaceId) { me { id } } }";
    let data = client.try_query(document, json!({ "workspaceId": run.workspace() })).await?;
    let member = text(&data, "/workspace/me/id")?;
    Ok((client, member))
}

/// The email that a member signs in with.
pub fn email_of(member: &organization::Member, run: Run) -> String {
    format!("{}.{}@example.org", member.handle, run.tag())
}

/// Makes the first member of operations and the first of people admins.
async fn promote(provisioned: &Provisioned, organization: &Organization, run: Run) -> Result<(), RequestError> {
    for role in ["ops", "people"] {
        let with_role = |member: &organization::Member| member.role == role;
        let Some(number) = organization.members.iter().skip(1).position(with_role) else {
            continue;
        };
        let number = number + 1;
        let input = json!({
            "commandId": run.command(&format!("promote {number}")),
            "memberId": provisioned.member_ids[number], "role": "ADMIN",
        });
        provisioned.clients[0].try_mutate("setMemberRole", &input, "seq").await?;
    }
    Ok(())
}
