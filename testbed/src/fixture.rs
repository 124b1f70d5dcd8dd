//! Accounts, workspaces, channels and messages, created through the API as a client would.

use serde_json::{Value, json};

use crate::client::{Client, RequestError, text};

/// The password of all accounts that need no secret.
pub const PASSWORD: &str = "correct horse";

/// A workspace, as its founder sees it.
#[derive(Debug, Clone)]
pub struct Workspace {
    /// Id of the workspace.
    pub id: String,
    /// The default channel, which all members join.
    pub general: String,
    /// Member id of the founder.
    pub founder: String,
}

impl Client {
    /// Registers an account, with an invite unless it is the first of the server. Returns its client.
    pub async fn register(&self, email: &str, name: &str, invite: Option<&str>) -> Result<Self, RequestError> {
        self.register_with(email, PASSWORD, name, invite).await
    }

    /// The same with another password.
    pub async fn register_with(
        &self,
        email: &str,
        password: &str,
        name: &str,
        invite: Option<&str>,
    ) -> Result<Self, RequestError> {
        let input = json!({ "email": email, "password": password, "name": name, "inviteToken": invite });
        Ok(self.signed_in(text(&self.signed_out().try_mutate("register", &input, "token").await?, "/token")?))
    }

    /// Signs in to an account. Returns its client.
    pub async fn sign_in(&self, email: &str, password: &str) -> Result<Self, RequestError> {
        let input = json!({ "email": email, "password": password });
        Ok(self.signed_in(text(&self.signed_out().try_mutate("signIn", &input, "token").await?, "/token")?))
    }

    /// Creates a workspace.
    pub async fn create_workspace(&self, name: &str) -> Result<Workspace, RequestError> {
        let selection = "workspace { id me { id } channels(first: 1) { nodes { id } } }";
        let created = self.try_mutate("createWorkspace", &json!({ "name": name }), selection).await?;
        Ok(Workspace {
            id: text(&created, "/workspace/id")?,
            general: text(&created, "/workspace/channels/nodes/0/id")?,
            founder: text(&created, "/workspace/me/id")?,
        })
    }

    /// Creates an invite without a limit of uses. Returns its token.
    pub async fn create_invite(&self, workspace: &str) -> Result<String, RequestError> {
        let created = self.try_mutate("createInvite", &json!({ "workspaceId": workspace }), "url").await?;
        Ok(invite_token(&text(&created, "/url")?).to_owned())
    }

    /// Accepts an invite. Returns the member id.
    pub async fn accept_invite(&self, invite: &str) -> Result<String, RequestError> {
        let joined = self.try_mutate("acceptInvite", &json!({ "token": invite }), "workspace { me { id } }").await?;
        text(&joined, "/workspace/me/id")
    }

    /// Registers an account that joins a workspace. Returns its client and member id.
    pub async fn register_member(&self, email: &str, name: &str, invite: &str) -> Result<(Self, String), RequestError> {
        let client = self.register(email, name, Some(invite)).await?;
        let member = client.accept_invite(invite).await?;
        Ok((client, member))
    }

    /// Creates a channel with these fields of its input besides the workspace. Returns its id.
    pub async fn create_channel(&self, workspace: &str, mut input: Value) -> Result<String, RequestError> {
        input["workspaceId"] = json!(workspace);
        text(&self.try_mutate("createChannel", &input, "channel { id }").await?, "/channel/id")
    }

    /// Sends a message. Returns its id and `seq`.
    pub async fn send_message(&self, channel: &str, words: &str) -> Result<(String, i64), RequestError> {
        let input = json!({ "channelId": channel, "text": words });
        let sent = self.try_mutate("sendMessage", &input, "seq message { id }").await?;
        Ok((text(&sent, "/message/id")?, seq_of(&sent)?))
    }

    /// The head of the log of a workspace.
    pub async fn seq(&self, workspace: &str) -> Result<i64, RequestError> {
        let document = "query($id: ID!) { workspace(id: $id) { seq } }";
        seq_of(&self.try_query(document, json!({ "id": workspace })).await?["workspace"])
    }
}

fn seq_of(value: &Value) -> Result<i64, RequestError> {
    value["seq"].as_i64().ok_or_else(|| RequestError::NoResponse(format!("no seq in {value}")))
}

/// The token at the end of an invite link, whatever its format (`/invite/…`, `?token=…`, `#…`).
pub fn invite_token(link: &str) -> &str {
    let is_token_char = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    link.rsplit(|c| !is_token_char(c)).next().unwrap_or(link)
}

#[cfg(test)]
mod tests {
    use super::invite_token;

    #[test]
    fn extracts_the_token_from_any_link() {
        for link in ["http://h/invite/aB-9_z", "http://h/join?token=aB-9_z", "http://h/#/i/aB-9_z", "aB-9_z"] {
            assert_eq!(invite_token(link), "aB-9_z");
        }
    }
}
