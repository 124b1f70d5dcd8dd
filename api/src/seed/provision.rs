//! Provisions the organization on the server: the founder's session, the workspace, the invite, and all accounts and
//! memberships.
//!
//! Idempotent: steps already done by the same run have no effect.

use std::num::NonZeroUsize;

use futures_util::stream::{StreamExt, TryStreamExt};
use indicatif::ProgressBar;
use serde_json::json;

use super::client::{Client, Failure, text};
use super::ids::Run;
use super::organization::{self, Organization};

const REGISTER: &str = "mutation Register($input: RegisterInput!) {
  register(input: $input) { account { name } token } }";
const SIGN_IN: &str = "mutation SignIn($input: SignInInput!) {
  signIn(input: $input) { account { name } token } }";
const CREATE_WORKSPACE: &str = "mutation CreateWorkspace($input: CreateWorkspaceInput!) {
  createWorkspace(input: $input) { workspace { id me { id } } } }";
const CREATE_INVITE: &str = "mutation CreateInvite($input: CreateInviteInput!) {
  createInvite(input: $input) { url } }";
const ACCEPT_INVITE: &str = "mutation AcceptInvite($input: AcceptInviteInput!) {
  acceptInvite(input: $input) { workspace { id } } }";
const ME: &str = "query Me($workspaceId: ID!) { workspace(id: $workspaceId) { me { id } } }";
const SET_ROLE: &str = "mutation SetMemberRole($input: SetMemberRoleInput!) {
  setMemberRole(input: $input) { seq } }";
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
) -> Result<Founder, Failure> {
    let has_credentials = credentials.is_some();
    let (email, password) = credentials.unwrap_or_else(|| ("ada@example.org".to_owned(), run.password("founder")));
    let data = if needs_first_account {
        let name = if has_credentials { "The founder" } else { "Ada Lindqvist" };
        let input = json!({ "email": email, "password": password, "name": name });
        client.call(REGISTER, &json!({ "input": input })).await?
    } else {
        let input = json!({ "email": email, "password": password });
        let data = client.call(SIGN_IN, &json!({ "input": input })).await;
        data.map_err(|failure| match failure {
            Failure::Rejected { code, .. } if !has_credentials => Failure::Rejected {
                code,
                message: "The server already has accounts: give --email and --password of \
                          an account, or --run of the run that made the organization."
                    .into(),
                retry_after: None,
            },
            other => other,
        })?
    };
    let payload = if needs_first_account { "/register" } else { "/signIn" };
    Ok(Founder {
        client: client.signed_in(&text(&data, &format!("{payload}/token"))?),
        name: text(&data, &format!("{payload}/account/name"))?,
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
pub async fn provision(plan: Plan<'_>, founder: &Founder) -> Result<Provisioned, Failure> {
    let Plan { organization, run, bar, .. } = plan;
    let workspace = run.workspace();
    let input = json!({ "id": workspace, "name": organization::NAME });
    let variables = json!({ "input": input });
    let data = founder.client.call(CREATE_WORKSPACE, &variables).await?;
    let me = text(&data, "/createWorkspace/workspace/me/id")?;
    let input = json!({ "workspaceId": workspace, "expiresInSeconds": 86_400 });
    // A new invite for each run: the link is shown only once.
    let variables = json!({ "input": input });
    let data = founder.client.call(CREATE_INVITE, &variables).await?;
    let url = text(&data, "/createInvite/url")?;
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

/// Extracts the token from the end of an invite link, whatever its format (`/invite/…`, `?token=…`, `#…`).
fn invite_token(url: &str) -> &str {
    let is_token_char = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    url.rsplit(|c| !is_token_char(c)).next().unwrap_or(url)
}

/// Registers a member, or signs them in if the same run already did, and accepts the invite.
async fn join(
    plan: Plan<'_>,
    invite: &str,
    member: &organization::Member,
    number: usize,
) -> Result<(Client, String), Failure> {
    let Plan { anonymous, run, .. } = plan;
    let email = email_of(member, run);
    let password = run.password("people");
    let input = json!({ "email": email, "password": password, "name": member.name, "inviteToken": invite });
    let token = match anonymous.call(REGISTER, &json!({ "input": input })).await {
        Ok(data) => text(&data, "/register/token")?,
        Err(failure) => {
            let input = json!({ "email": email, "password": password });
            let data = anonymous.call(SIGN_IN, &json!({ "input": input })).await;
            text(&data.map_err(|_| failure)?, "/signIn/token")?
        }
    };
    let client = anonymous.signed_in(&token);
    for (command, handle) in [("accept", Some(&member.handle)), ("accept again", None)] {
        let command = run.command(&format!("{command} {number}"));
        let input = json!({ "commandId": command, "token": invite, "handle": handle });
        match client.call(ACCEPT_INVITE, &json!({ "input": input })).await {
            Ok(_) => break,
            // The handle is taken or they are a member already; the query below tells which.
            Err(failure) if failure.is("CONFLICT") || failure.is("BAD_USER_INPUT") => {}
            Err(failure) => return Err(failure),
        }
    }
    let data = client.call(ME, &json!({ "workspaceId": run.workspace() })).await?;
    Ok((client, text(&data, "/workspace/me/id")?))
}

/// The email that a member signs in with.
pub fn email_of(member: &organization::Member, run: Run) -> String {
    format!("{}.{}@example.org", member.handle, run.tag())
}

/// Makes the first member of operations and the first of people admins.
async fn promote(provisioned: &Provisioned, organization: &Organization, run: Run) -> Result<(), Failure> {
    for role in ["ops", "people"] {
        let with_role = |member: &organization::Member| member.role == role;
        let Some(number) = organization.members.iter().skip(1).position(with_role) else {
            continue;
        };
        let number = number + 1;
        let input = json!({
            "workspaceId": provisioned.workspace, "commandId": run.command(&format!("promote {number}")),
            "memberId": provisioned.member_ids[number], "role": "ADMIN",
        });
        provisioned.clients[0].call(SET_ROLE, &json!({ "input": input })).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extracts_the_token_from_any_link() {
        for link in ["http://h/invite/aB-9_z", "http://h/join?token=aB-9_z", "http://h/#/i/aB-9_z", "aB-9_z"] {
            assert_eq!(invite_token(link), "aB-9_z");
        }
    }
}
