//! Makes the company on the server: the founder's sign-in, the workspace, the invite, everybody's
//! accounts and memberships.
//!
//! Every step may have been done before by the same run and then changes nothing. It does not know what
//! will be said there.

use std::num::NonZeroUsize;

use futures_util::stream::{StreamExt, TryStreamExt};
use indicatif::ProgressBar;
use serde_json::json;

use super::company::{self, Company};
use super::ids::Run;
use super::open;
use super::wire::{Client, Failure, text};

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
/// An account and a client that is signed in with it.
pub struct Founder {
    /// Signed in.
    pub client: Client,
    /// What the account is called.
    pub name: String,
    /// Its address.
    pub email: String,
    /// Its password.
    pub password: String,
}

/// The company as it is on the server. Everything is indexed by the numbers of [`Company`].
pub struct Settled {
    /// The workspace.
    pub workspace: String,
    /// Everybody's connection.
    pub people: Vec<Client>,
    /// Everybody's member id.
    pub members: Vec<String>,
    /// The ids of the channels.
    pub channels: Vec<String>,
}

/// Signs the founder in, or registers them when they would be the first on this server.
///
/// # Errors
/// The account does not exist, or the server has accounts already and none was named.
pub async fn founder(
    client: &Client,
    run: Run,
    first: bool,
    named: Option<(String, String)>,
) -> Result<Founder, Failure> {
    let given = named.is_some();
    let (email, password) = named.unwrap_or_else(|| ("ada@example.org".to_owned(), run.password("founder")));
    let answer = if first {
        let name = if given { "The founder" } else { "Ada Lindqvist" };
        let input = json!({ "email": email, "password": password, "name": name });
        client.call(REGISTER, &json!({ "input": input })).await?
    } else {
        let input = json!({ "email": email, "password": password });
        let answer = client.call(SIGN_IN, &json!({ "input": input })).await;
        answer.map_err(|failure| match failure {
            Failure::Refused { code, .. } if !given => Failure::Refused {
                code,
                message: "Somebody has registered here before: give --email and --password of \
                          an account, or --run of the run that made the company."
                    .into(),
                retry_after: None,
            },
            other => other,
        })?
    };
    let payload = if first { "/register" } else { "/signIn" };
    Ok(Founder {
        client: client.signed_in(&text(&answer, &format!("{payload}/token"))?),
        name: text(&answer, &format!("{payload}/account/name"))?,
        email,
        password,
    })
}

/// What making the company needs.
#[derive(Clone, Copy)]
pub struct Plan<'a> {
    /// Not signed in.
    pub anonymous: &'a Client,
    /// Who and what is to be made.
    pub company: &'a Company,
    /// Which run this is.
    pub run: Run,
    /// How many things are made at the same time.
    pub at_once: NonZeroUsize,
    /// Shows how far it is.
    pub bar: &'a ProgressBar,
}

/// Makes the workspace and lets everybody in.
///
/// # Errors
/// The server refuses a step or goes away.
pub async fn settle(plan: Plan<'_>, founder: &Founder) -> Result<Settled, Failure> {
    let Plan { company, run, bar, .. } = plan;
    let workspace = run.workspace();
    let input = json!({ "id": workspace, "name": company::NAME });
    let variables = json!({ "input": input });
    let answer = founder.client.call(CREATE_WORKSPACE, &variables).await?;
    let me = text(&answer, "/createWorkspace/workspace/me/id")?;
    let input = json!({ "workspaceId": workspace, "expiresInSeconds": 86_400 });
    // Another one each time: the link of an earlier run was shown to that run alone.
    let variables = json!({ "input": input });
    let answer = founder.client.call(CREATE_INVITE, &variables).await?;
    let url = text(&answer, "/createInvite/url")?;
    let token = invite_token(&url);

    bar.set_message("people");
    let others = company.people.iter().enumerate().skip(1);
    let joined: Vec<(Client, String)> = futures_util::stream::iter(others)
        .map(|(number, person)| async move {
            let joined = join(plan, token, person, number).await;
            bar.inc(1);
            joined
        })
        .buffered(plan.at_once.get())
        .try_collect()
        .await?;
    let (mut people, mut members) = (vec![founder.client.clone()], vec![me]);
    for (client, member) in joined {
        people.push(client);
        members.push(member);
    }
    let mut settled = Settled { workspace, people, members, channels: Vec::new() };
    promote(&settled, company, run).await?;
    bar.set_message("channels");
    settled.channels = open::channels(plan, &settled).await?;
    Ok(settled)
}

/// The token at the end of an invite link, wherever it stands there (`/invite/…`, `?token=…`, `#…`).
fn invite_token(url: &str) -> &str {
    let of_token = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    url.rsplit(|c| !of_token(c)).next().unwrap_or(url)
}

/// Registers somebody (or signs them in when this run did so before) and lets them accept the invite.
async fn join(
    plan: Plan<'_>,
    invite: &str,
    person: &company::Person,
    number: usize,
) -> Result<(Client, String), Failure> {
    let Plan { anonymous, run, .. } = plan;
    let email = address(person, run);
    let password = run.password("people");
    let input = json!({ "email": email, "password": password, "name": person.name, "inviteToken": invite });
    let token = match anonymous.call(REGISTER, &json!({ "input": input })).await {
        Ok(answer) => text(&answer, "/register/token")?,
        Err(failure) => {
            let input = json!({ "email": email, "password": password });
            let answer = anonymous.call(SIGN_IN, &json!({ "input": input })).await;
            text(&answer.map_err(|_| failure)?, "/signIn/token")?
        }
    };
    let client = anonymous.signed_in(&token);
    for (command, handle) in [("accept", Some(&person.handle)), ("accept again", None)] {
        let command = run.command(&format!("{command} {number}"));
        let input = json!({ "commandId": command, "token": invite, "handle": handle });
        match client.call(ACCEPT_INVITE, &json!({ "input": input })).await {
            Ok(_) => break,
            // The handle is taken, or they are in already; which of the two shows below.
            Err(failure) if failure.is("CONFLICT") || failure.is("BAD_USER_INPUT") => {}
            Err(failure) => return Err(failure),
        }
    }
    let answer = client.call(ME, &json!({ "workspaceId": run.workspace() })).await?;
    Ok((client, text(&answer, "/workspace/me/id")?))
}

/// The address with which somebody signs in.
pub fn address(person: &company::Person, run: Run) -> String {
    format!("{}.{}@example.org", person.handle, run.tag())
}

/// The first two from operations and people become admins.
async fn promote(settled: &Settled, company: &Company, run: Run) -> Result<(), Failure> {
    for role in ["ops", "people"] {
        let with_role = |person: &company::Person| person.role == role;
        let Some(number) = company.people.iter().skip(1).position(with_role) else {
            continue;
        };
        let number = number + 1;
        let input = json!({
            "workspaceId": settled.workspace, "commandId": run.command(&format!("promote {number}")),
            "memberId": settled.members[number], "role": "ADMIN",
        });
        settled.people[0].call(SET_ROLE, &json!({ "input": input })).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_found_in_any_link() {
        for link in ["http://h/invite/aB-9_z", "http://h/join?token=aB-9_z", "http://h/#/i/aB-9_z", "aB-9_z"] {
            assert_eq!(invite_token(link), "aB-9_z");
        }
    }
}
