//! The fixture of invariant 9: two workspaces, a user of every role, and canary texts that reveal a leak wherever they
//! appear.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use uuid::Uuid;

use api::ground::base32::{self, Base32};
use api::ground::id::{SessionId, WorkspaceId};

use crate::support::client::Client;
use crate::support::feed::{ALL_EVENTS, Feed};
use crate::support::file_storage::{Uploader, png};
use crate::support::server::Server;
use crate::support::socket::Socket;
use crate::support::workspace::{User, Workspace, register, text};

/// The role of the caller, in the order of the columns of the matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    Anonymous,
    Member,
    OtherMember,
    Stranger,
    Removed,
    Admin,
    Owner,
}

pub const ROLES: [Role; 7] =
    [Role::Anonymous, Role::Member, Role::OtherMember, Role::Stranger, Role::Removed, Role::Admin, Role::Owner];

impl Role {
    /// Whether the role is an active member of the workspace.
    pub fn is_member(self) -> bool {
        matches!(self, Self::Member | Self::OtherMember | Self::Admin | Self::Owner)
    }
}

/// Canary words and the roles that may see texts with them.
const CANARIES: [(&str, &[Role]); 3] = [
    ("chouse", &[Role::Member, Role::OtherMember, Role::Admin, Role::Owner]),
    ("cprivate", &[Role::Member, Role::Owner]),
    ("cforeign", &[Role::Stranger]),
];

/// Returns the first canary or secret in a response that the role may not see.
pub fn find_leak(role: Role, response: &str, secrets: &[(String, Vec<Role>)]) -> Option<String> {
    let response = response.to_lowercase();
    let fixed = CANARIES.iter().map(|(word, roles)| ((*word).to_owned(), roles.to_vec()));
    let all = fixed.chain(secrets.iter().cloned());
    all.filter(|(word, roles)| !roles.contains(&role) && response.contains(word.as_str())).map(|(word, _)| word).next()
}

/// The ids, names and tokens that rows refer to.
#[derive(Debug, Clone, Default)]
pub struct Ids {
    pub workspace: String,
    pub general: String,
    /// A public channel that only the owner has joined.
    pub unjoined_channel: String,
    pub private: String,
    pub private_name: String,
    pub direct: String,
    /// A message of the member in the private channel, with a reply.
    pub private_message: String,
    pub private_reply: String,
    /// The thread of `private_message`.
    pub private_thread: String,
    pub public_message: String,
    pub direct_message: String,
    pub owner: String,
    pub channel_member: String,
    pub addable_member: String,
    pub removable_member: String,
    pub invite: String,
    pub valid_invite: String,
    pub revoked_invite: String,
    pub foreign_workspace: String,
    pub foreign_channel: String,
    pub foreign_message: String,
    pub foreign_member: String,
    pub foreign_invite: String,
    /// A file of the member in the private channel.
    pub file: String,
    /// A completed file of the member that no message uses, and an upload that is not completed.
    pub unsent_file: String,
    pub upload: String,
    /// Created by the member.
    pub emoji: String,
    /// Saved by the owner.
    pub saved_search: String,
    /// A notification of the member about a mention in the private channel.
    pub notification: String,
    /// The account of the member.
    pub account: String,
    pub session: String,
    pub foreign_session: String,
    pub registered_email: String,
    pub unique: String,
}

/// An ID of the same type, in the same workspace, that never existed.
fn missing_like(id: &str) -> String {
    format!("{}{}", &id[..id.len() - base32::LENGTH], Base32(Uuid::new_v4()))
}

/// The ID with the same UUID in another workspace.
fn moved(id: &str, workspace: &str) -> String {
    format!("{}{}{}", &id[..4], &workspace[4..], &id[id.len() - base32::LENGTH..])
}

/// An ID of the same type in a workspace that never existed.
fn missing_elsewhere(id: &str) -> String {
    moved(&missing_like(id), &WorkspaceId::mint().to_string())
}

impl Ids {
    /// Replaces every id that the role may not see by one that never existed.
    pub fn with_hidden_ids_missing(&self, role: Role) -> Self {
        let mut missing = self.clone();
        let in_private = [
            &mut missing.private,
            &mut missing.direct,
            &mut missing.file,
            &mut missing.private_message,
            &mut missing.private_reply,
            &mut missing.direct_message,
            &mut missing.private_thread,
        ];
        if !matches!(role, Role::Member | Role::Owner) {
            in_private.into_iter().for_each(|id| *id = missing_like(id));
        }
        if role != Role::Member {
            missing.unsent_file = missing_like(&missing.unsent_file);
            missing.upload = missing_like(&missing.upload);
            missing.notification = missing_like(&missing.notification);
            missing.account = missing_like(&missing.account);
        }
        if role != Role::Owner {
            missing.saved_search = missing_like(&missing.saved_search);
        }
        if !matches!(role, Role::Admin | Role::Owner) {
            missing.invite = missing_like(&missing.invite);
        }
        let foreign = [
            &mut missing.foreign_message,
            &mut missing.foreign_channel,
            &mut missing.foreign_member,
            &mut missing.foreign_invite,
        ];
        foreign.into_iter().for_each(|id| *id = missing_elsewhere(id));
        missing.foreign_workspace = missing_like(&missing.foreign_workspace);
        missing.foreign_session = missing_like(&missing.foreign_session);
        if !role.is_member() {
            let nowhere = missing_like(&missing.workspace);
            let known = missing.of_the_workspace().into_iter().filter(|id| !id.is_empty());
            known.for_each(|id| *id = moved(&missing_like(id), &nowhere));
            missing.workspace = nowhere;
        }
        missing
    }

    /// The IDs of objects in the workspace.
    fn of_the_workspace(&mut self) -> [&mut String; 20] {
        [
            &mut self.general,
            &mut self.unjoined_channel,
            &mut self.private,
            &mut self.direct,
            &mut self.private_message,
            &mut self.private_reply,
            &mut self.private_thread,
            &mut self.public_message,
            &mut self.direct_message,
            &mut self.owner,
            &mut self.channel_member,
            &mut self.addable_member,
            &mut self.removable_member,
            &mut self.invite,
            &mut self.file,
            &mut self.unsent_file,
            &mut self.upload,
            &mut self.emoji,
            &mut self.saved_search,
            &mut self.notification,
        ]
    }
}

/// The workspaces, users and ids that all rows share.
pub struct PermissionFixture {
    pub workspace: Workspace,
    pub users: BTreeMap<Role, User>,
    pub ids: Ids,
    /// Emails, each visible to one role.
    pub secrets: Vec<(String, Vec<Role>)>,
    channel_member: User,
    removable_member: User,
    created: usize,
}

impl PermissionFixture {
    pub async fn create(server: &Server) -> Self {
        let host = register(server, "Host", None).await;
        let lobby = host.create_workspace(server, "Lobby").await;
        let owner = register(server, "chouse owner", Some(&lobby.invite)).await;
        let workspace = owner.create_workspace(server, "chouse").await;
        let member = workspace.add_member(server, "chouse member", "MEMBER").await;
        let other_member = workspace.add_member(server, "chouse outside", "MEMBER").await;
        let admin = workspace.add_member(server, "chouse admin", "ADMIN").await;
        let removed = workspace.add_member(server, "Removed", "MEMBER").await;
        let channel_member = workspace.add_member(server, "chouse third", "MEMBER").await;
        let addable_member = workspace.add_member(server, "chouse fourth", "MEMBER").await;
        let removable_member = workspace.add_member(server, "chouse fifth", "MEMBER").await;
        let stranger = register(server, "cforeign stranger", Some(&lobby.invite)).await;
        let foreign = stranger.create_workspace(server, "cforeign").await;
        let (foreign_message, _) = stranger.send_message(server, &foreign.general, "cforeign words").await;
        let created =
            stranger.mutate(server, "createInvite", "{ invite { id } }", json!({ "workspaceId": foreign.id })).await;
        let ids = Ids {
            workspace: workspace.id.clone(),
            general: workspace.general.clone(),
            owner: workspace.owner.member_id.clone(),
            channel_member: channel_member.member_id.clone(),
            addable_member: addable_member.member_id.clone(),
            removable_member: removable_member.member_id.clone(),
            valid_invite: lobby.invite.clone(),
            revoked_invite: create_revoked_invite(server, &workspace).await,
            foreign_workspace: foreign.id.clone(),
            foreign_channel: foreign.general.clone(),
            foreign_message,
            foreign_member: foreign.owner.member_id.clone(),
            foreign_invite: text(&created, "/invite/id"),
            session: SessionId::mint().to_string(),
            foreign_session: host.session_id(server).await,
            registered_email: host.email.clone(),
            ..Ids::default()
        };
        let roles = [
            (Role::Member, member),
            (Role::OtherMember, other_member),
            (Role::Stranger, foreign.owner.clone()),
            (Role::Removed, removed),
            (Role::Admin, admin),
            (Role::Owner, workspace.owner.clone()),
        ];
        let secrets = roles.iter().map(|(role, user)| (user.email.clone(), vec![*role])).collect();
        let users = roles.into_iter().collect();
        let mut fixture = Self { workspace, users, ids, secrets, channel_member, removable_member, created: 0 };
        fixture.populate(server).await;
        fixture
    }

    /// Creates channels, messages and files, waits for a mention to arrive, and removes the removed member.
    async fn populate(&mut self, server: &Server) {
        let removed = self.users[&Role::Removed].clone();
        let private = self.create_private_channel(server, "cprivate-name", &[&removed]).await;
        let direct = json!({ "workspaceId": self.ids.workspace, "memberIds": [self.ids.owner] });
        let direct = self.users[&Role::Member].mutate(server, "openDirect", "{ channel { id } }", direct).await;
        self.ids.direct = text(&direct, "/channel/id");
        self.ids.private = private;
        self.ids.direct_message = self.send_message(server, Role::Owner, &self.ids.direct, "cprivate direct").await;
        self.ids.public_message =
            self.send_message(server, Role::Member, &self.workspace.general, "chouse words").await;
        self.ids.private_message = self.send_message(server, Role::Member, &self.ids.private, "cprivate root").await;
        let reply = json!({ "channelId": self.ids.private,
            "threadId": self.ids.private_message, "text": "cprivate reply" });
        let reply = self.workspace.owner.mutate(server, "sendMessage", "{ message { id } }", reply).await;
        self.ids.private_reply = text(&reply, "/message/id");
        self.ids.private_thread = self.ids.private_message.replace("msg_", "thr_");
        self.ids.file = self.send_file(server, &self.ids.private).await;
        self.ids.unsent_file = self.upload_picture(server).await;
        self.ids.upload = self.start_upload(server).await;
        self.ids.notification = self.mention(server).await.replace("msg_", "ntf_");
        self.ids.emoji = self.create_emoji(server, "chouse").await;
        self.ids.saved_search = self.save_search(server, "chouse search").await;
        self.ids.invite = self.create_invite(server).await;
        let viewer = self.users[&Role::Member].execute(server, "{ viewer { account { id } } }", json!({})).await;
        self.ids.account = text(&viewer, "/data/viewer/account/id");
        let input = json!({ "memberId": removed.member_id });
        self.workspace.owner.mutate(server, "removeMember", "{ seq }", input).await;
    }

    /// Mentions several members in the private channel and waits until the member is notified. Returns the message.
    async fn mention(&self, server: &Server) -> String {
        let member = &self.users[&Role::Member];
        let mut socket = Socket::connect(server, Some(&member.token)).await;
        socket.subscribe("1", ALL_EVENTS, json!({ "workspaceId": self.ids.workspace, "privateRev": 77 })).await;
        let mut feed = Feed::Socket(Box::new(socket));
        while feed.next().await.unwrap()["__typename"] != "PrivateChanged" {}
        let inside = [Role::Member, Role::OtherMember, Role::Admin];
        let words: Vec<String> = inside.iter().map(|role| format!("<@{}>", self.users[role].member_id)).collect();
        let words = format!("cprivate mention <!channel> {}", words.join(" "));
        let message = self.send_message(server, Role::Owner, &self.ids.private, &words).await;
        while feed.next().await.unwrap()["messageId"] != json!(message) {}
        message
    }

    /// A custom emoji of the member.
    async fn create_emoji(&self, server: &Server, name: &str) -> String {
        let file = self.upload_picture(server).await;
        let input = json!({ "workspaceId": self.ids.workspace, "name": name, "fileId": file });
        let created = self.users[&Role::Member].mutate(server, "createEmoji", "{ emoji { id } }", input).await;
        text(&created, "/emoji/id")
    }

    /// A saved search of the owner.
    async fn save_search(&self, server: &Server, name: &str) -> String {
        let input = json!({ "workspaceId": self.ids.workspace, "name": name, "query": "words" });
        let owner = &self.workspace.owner;
        let created = owner.mutate(server, "createSavedSearch", "{ savedSearch { id } }", input).await;
        text(&created, "/savedSearch/id")
    }

    async fn create_invite(&self, server: &Server) -> String {
        let input = json!({ "workspaceId": self.ids.workspace });
        let created = self.workspace.owner.mutate(server, "createInvite", "{ invite { id } }", input).await;
        text(&created, "/invite/id")
    }

    /// A private channel of the owner, the member, the channel member and `more`.
    async fn create_private_channel(&self, server: &Server, name: &str, more: &[&User]) -> String {
        let users = [&self.users[&Role::Member], &self.channel_member].into_iter().chain(more.iter().copied());
        let members: Vec<&str> = users.map(|user| user.member_id.as_str()).collect();
        let input = json!({ "workspaceId": self.ids.workspace, "name": name, "kind": "PRIVATE",
            "topic": "cprivate topic", "memberIds": members });
        text(&self.workspace.owner.mutate(server, "createChannel", "{ channel { id } }", input).await, "/channel/id")
    }

    async fn send_message(&self, server: &Server, role: Role, channel: &str, words: &str) -> String {
        let input = json!({ "channelId": channel, "text": words });
        text(&self.users[&role].mutate(server, "sendMessage", "{ message { id } }", input).await, "/message/id")
    }

    /// Uploads a picture of the member and waits for its previews.
    async fn upload_picture(&self, server: &Server) -> String {
        let client = self.client(server);
        let uploader = Uploader { client: &client, workspace: &self.ids.workspace };
        let id = text(&uploader.upload("cprivate-picture.png", &png(20, 20, "")).await.unwrap(), "/id");
        uploader.wait_until_ready(&id).await;
        id
    }

    /// Uploads all parts of a picture of the member without completing the upload.
    async fn start_upload(&self, server: &Server) -> String {
        let client = self.client(server);
        let uploader = Uploader { client: &client, workspace: &self.ids.workspace };
        let bytes = png(20, 20, "");
        let upload = uploader.create("cprivate-upload.png", &bytes).await.unwrap();
        uploader.put_missing_parts(&upload, &bytes).await;
        text(&upload, "/id")
    }

    async fn send_file(&self, server: &Server, channel: &str) -> String {
        let file = self.upload_picture(server).await;
        let input = json!({ "channelId": channel, "text": "cprivate file",
            "attachmentIds": [file] });
        self.users[&Role::Member].mutate(server, "sendMessage", "{ seq }", input).await;
        file
    }

    fn client(&self, server: &Server) -> Client {
        Client::new(server.address).signed_in(&*self.users[&Role::Member].token)
    }

    /// New channels and messages for one mutation, so that no row depends on another.
    pub async fn fresh_ids(&mut self, server: &Server, field: &str) -> Ids {
        self.created += 1;
        let mut ids = Ids { unique: format!("unique{}", self.created), ..self.ids.clone() };
        let in_channels = ["Channel", "Topic", "Message", "Reaction", "Read", "Unread", "Direct"];
        if in_channels.iter().any(|word| field.ends_with(word)) {
            ids.private_name = format!("hidden-{}", self.created);
            ids.private = self.create_private_channel(server, &ids.private_name, &[]).await;
            ids.private_message = self.send_message(server, Role::Member, &ids.private, "cprivate root").await;
            ids.public_message = self.send_message(server, Role::Member, &ids.general, "chouse words").await;
            let channel = json!({ "workspaceId": ids.workspace, "name": format!("hall-{}", self.created) });
            let channel = self.workspace.owner.mutate(server, "createChannel", "{ channel { id } }", channel).await;
            ids.unjoined_channel = text(&channel, "/channel/id");
        }
        match field {
            "Mutation.updateFile" | "Mutation.deleteFile" => {
                ids.file = self.send_file(server, &ids.private).await;
                ids.unsent_file = self.upload_picture(server).await;
            }
            "Mutation.unarchiveChannel" => {
                for channel in [&ids.private, &ids.unjoined_channel] {
                    let input = json!({ "channelId": channel });
                    self.workspace.owner.mutate(server, "archiveChannel", "{ seq }", input).await;
                }
            }
            "Mutation.createUpload" => ids.file = self.send_file(server, &ids.private).await,
            "Mutation.completeUpload" | "Mutation.cancelUpload" => ids.upload = self.start_upload(server).await,
            "Mutation.sendMessage" | "Mutation.createEmoji" => ids.unsent_file = self.upload_picture(server).await,
            "Mutation.deleteEmoji" => ids.emoji = self.create_emoji(server, &format!("d-{}", self.created)).await,
            "Mutation.removeMember" => _ = self.removable_member.join(server, &self.workspace).await,
            "Mutation.revokeInvite" => ids.invite = self.create_invite(server).await,
            "Mutation.deleteSavedSearch" => ids.saved_search = self.save_search(server, &ids.unique).await,
            _ => {}
        }
        ids
    }
}

async fn create_revoked_invite(server: &Server, workspace: &Workspace) -> String {
    let input = json!({ "workspaceId": workspace.id });
    let created = workspace.owner.mutate(server, "createInvite", "{ url invite { id } }", input).await;
    let input = json!({ "inviteId": text(&created, "/invite/id") });
    workspace.owner.mutate(server, "revokeInvite", "{ inviteId }", input).await;
    text(&created, "/url").rsplit('/').next().unwrap().to_owned()
}

/// Removes ids from a response, so that responses about different objects can be compared byte for byte.
pub fn without_ids(response: &Value) -> String {
    let mut text = response.to_string();
    let is_base32 = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    for prefix in
        ["wks_", "chn_", "msg_", "thr_", "ntf_", "mem_", "inv_", "ses_", "sav_", "acc_", "fil_", "upl_", "emo_", "rst_"]
    {
        let parts: Vec<&str> = text.split(prefix).collect();
        let rest = parts[1..].iter().map(|part| part.trim_start_matches(is_base32));
        text = parts[..1].iter().copied().chain(rest).collect::<Vec<_>>().join(prefix);
    }
    text
}
