//! The fixture of invariant 9: two workspaces, a user of every role, and canary texts that reveal a leak wherever they
//! appear.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use uuid::Uuid;

use api::ground::base32::{self, Base32};
use api::ground::id::{SessionId, WorkspaceId};

use crate::support::{ALL_EVENTS, Feed, Member, Server, Uploader, Workspace, png, register, text};

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
    pub users: BTreeMap<Role, Member>,
    pub ids: Ids,
    /// Emails, each visible to one role.
    pub secrets: Vec<(String, Vec<Role>)>,
    channel_member: Member,
    removable_member: Member,
    created: usize,
}

impl PermissionFixture {
    pub async fn create(server: &Server) -> Self {
        let host = register(server, "Host", None).await;
        let lobby = host.create_workspace("Lobby").await;
        let owner = lobby.register("chouse owner").await;
        let workspace = owner.create_workspace("chouse").await;
        let [member, other_member] = workspace.add_members(["chouse member", "chouse outside"]).await;
        let admin = workspace.add_member("chouse admin", "ADMIN").await;
        let [removed, channel_member, addable_member, removable_member] =
            workspace.add_members(["Removed", "chouse third", "chouse fourth", "chouse fifth"]).await;
        let stranger = lobby.register("cforeign stranger").await;
        let foreign = stranger.create_workspace("cforeign").await;
        let (foreign_message, _) = stranger.send_message(&foreign.general, "cforeign words").await;
        let created = stranger.mutate("createInvite", json!({ "workspaceId": foreign.id }), "invite { id }").await;
        let ids = Ids {
            workspace: workspace.id.clone(),
            general: workspace.general.clone(),
            owner: workspace.owner().id.clone(),
            channel_member: channel_member.id.clone(),
            addable_member: addable_member.id.clone(),
            removable_member: removable_member.id.clone(),
            valid_invite: lobby.invite.clone(),
            revoked_invite: create_revoked_invite(&workspace).await,
            foreign_workspace: foreign.id.clone(),
            foreign_channel: foreign.general.clone(),
            foreign_message,
            foreign_member: foreign.owner().id.clone(),
            foreign_invite: text(&created, "/invite/id"),
            session: SessionId::mint().to_string(),
            foreign_session: host.session_id().await,
            registered_email: host.email.clone(),
            ..Ids::default()
        };
        let roles = [
            (Role::Member, member),
            (Role::OtherMember, other_member),
            (Role::Stranger, foreign.owner().clone()),
            (Role::Removed, removed),
            (Role::Admin, admin),
            (Role::Owner, workspace.owner().clone()),
        ];
        let secrets = roles.iter().map(|(role, user)| (user.email.clone(), vec![*role])).collect();
        let users = roles.into_iter().collect();
        let mut fixture = Self { workspace, users, ids, secrets, channel_member, removable_member, created: 0 };
        fixture.populate().await;
        fixture
    }

    /// Creates channels, messages and files, waits for a mention to arrive, and removes the removed member.
    async fn populate(&mut self) {
        let removed = self.users[&Role::Removed].clone();
        let private = self.create_private_channel("cprivate-name", &[&removed]).await;
        let direct = json!({ "workspaceId": self.ids.workspace, "memberIds": [self.ids.owner] });
        let direct = self.users[&Role::Member].mutate("openDirect", direct, "channel { id }").await;
        self.ids.direct = text(&direct, "/channel/id");
        self.ids.private = private;
        self.ids.direct_message = self.send_message(Role::Owner, &self.ids.direct, "cprivate direct").await;
        self.ids.public_message = self.send_message(Role::Member, &self.workspace.general, "chouse words").await;
        self.ids.private_message = self.send_message(Role::Member, &self.ids.private, "cprivate root").await;
        let reply = json!({ "channelId": self.ids.private,
            "threadId": self.ids.private_message, "text": "cprivate reply" });
        let reply = self.workspace.owner().mutate("sendMessage", reply, "message { id }").await;
        self.ids.private_reply = text(&reply, "/message/id");
        self.ids.private_thread = self.ids.private_message.replace("msg_", "thr_");
        self.ids.file = self.send_file(&self.ids.private).await;
        self.ids.unsent_file = self.upload_picture().await;
        self.ids.upload = self.start_upload().await;
        self.ids.notification = self.mention().await.replace("msg_", "ntf_");
        self.ids.emoji = self.create_emoji("chouse").await;
        self.ids.saved_search = self.save_search("chouse search").await;
        self.ids.invite = self.create_invite().await;
        let viewer = self.users[&Role::Member].execute("{ viewer { account { id } } }", json!({})).await;
        self.ids.account = text(&viewer, "/data/viewer/account/id");
        self.workspace.owner().mutate("removeMember", json!({ "memberId": removed.id }), "seq").await;
    }

    /// Mentions several members in the private channel and waits until the member is notified. Returns the message.
    async fn mention(&self) -> String {
        let member = &self.users[&Role::Member];
        let mut feed =
            Feed::of(member, ALL_EVENTS, json!({ "workspaceId": self.ids.workspace, "privateRev": 77 })).await;
        while feed.next().await.unwrap()["__typename"] != "PrivateChanged" {}
        let inside = [Role::Member, Role::OtherMember, Role::Admin];
        let words: Vec<String> = inside.iter().map(|role| format!("<@{}>", self.users[role].id)).collect();
        let words = format!("cprivate mention <!channel> {}", words.join(" "));
        let message = self.send_message(Role::Owner, &self.ids.private, &words).await;
        while feed.next().await.unwrap()["messageId"] != json!(message) {}
        message
    }

    /// A custom emoji of the member.
    async fn create_emoji(&self, name: &str) -> String {
        let file = self.upload_picture().await;
        let input = json!({ "workspaceId": self.ids.workspace, "name": name, "fileId": file });
        let created = self.users[&Role::Member].mutate("createEmoji", input, "emoji { id }").await;
        text(&created, "/emoji/id")
    }

    /// A saved search of the owner.
    async fn save_search(&self, name: &str) -> String {
        let input = json!({ "workspaceId": self.ids.workspace, "name": name, "query": "words" });
        let owner = self.workspace.owner();
        let created = owner.mutate("createSavedSearch", input, "savedSearch { id }").await;
        text(&created, "/savedSearch/id")
    }

    async fn create_invite(&self) -> String {
        let input = json!({ "workspaceId": self.ids.workspace });
        let created = self.workspace.owner().mutate("createInvite", input, "invite { id }").await;
        text(&created, "/invite/id")
    }

    /// A private channel of the owner, the member, the channel member and `more`.
    async fn create_private_channel(&self, name: &str, more: &[&Member]) -> String {
        let users = [&self.users[&Role::Member], &self.channel_member].into_iter().chain(more.iter().copied());
        let members: Vec<&str> = users.map(|user| user.id.as_str()).collect();
        let input = json!({ "workspaceId": self.ids.workspace, "name": name, "kind": "PRIVATE",
            "topic": "cprivate topic", "memberIds": members });
        text(&self.workspace.owner().mutate("createChannel", input, "channel { id }").await, "/channel/id")
    }

    async fn send_message(&self, role: Role, channel: &str, words: &str) -> String {
        let input = json!({ "channelId": channel, "text": words });
        text(&self.users[&role].mutate("sendMessage", input, "message { id }").await, "/message/id")
    }

    /// Uploads a picture of the member and waits for its previews.
    async fn upload_picture(&self) -> String {
        let uploader = self.uploader();
        let id = text(&uploader.upload("cprivate-picture.png", &png(20, 20, "")).await.unwrap(), "/id");
        uploader.wait_until_ready(&id).await;
        id
    }

    /// Uploads all parts of a picture of the member without completing the upload.
    async fn start_upload(&self) -> String {
        let uploader = self.uploader();
        let bytes = png(20, 20, "");
        let upload = uploader.create("cprivate-upload.png", &bytes).await.unwrap();
        uploader.put_missing_parts(&upload, &bytes).await;
        text(&upload, "/id")
    }

    async fn send_file(&self, channel: &str) -> String {
        let file = self.upload_picture().await;
        let input = json!({ "channelId": channel, "text": "cprivate file", "attachmentIds": [file] });
        self.users[&Role::Member].mutate("sendMessage", input, "seq").await;
        file
    }

    fn uploader(&self) -> Uploader<'_> {
        Uploader { client: &self.users[&Role::Member].client, workspace: &self.ids.workspace }
    }

    /// New channels and messages for one mutation, so that no row depends on another.
    pub async fn fresh_ids(&mut self, field: &str) -> Ids {
        self.created += 1;
        let mut ids = Ids { unique: format!("unique{}", self.created), ..self.ids.clone() };
        let in_channels = ["Channel", "Topic", "Message", "Reaction", "Read", "Unread", "Direct"];
        if in_channels.iter().any(|word| field.ends_with(word)) {
            ids.private_name = format!("hidden-{}", self.created);
            ids.private = self.create_private_channel(&ids.private_name, &[]).await;
            ids.private_message = self.send_message(Role::Member, &ids.private, "cprivate root").await;
            ids.public_message = self.send_message(Role::Member, &ids.general, "chouse words").await;
            let channel = json!({ "workspaceId": ids.workspace, "name": format!("hall-{}", self.created) });
            let channel = self.workspace.owner().mutate("createChannel", channel, "channel { id }").await;
            ids.unjoined_channel = text(&channel, "/channel/id");
        }
        match field {
            "Mutation.updateFile" | "Mutation.deleteFile" => {
                ids.file = self.send_file(&ids.private).await;
                ids.unsent_file = self.upload_picture().await;
            }
            "Mutation.unarchiveChannel" => {
                for channel in [&ids.private, &ids.unjoined_channel] {
                    self.workspace.owner().mutate("archiveChannel", json!({ "channelId": channel }), "seq").await;
                }
            }
            "Mutation.createUpload" => ids.file = self.send_file(&ids.private).await,
            "Mutation.completeUpload" | "Mutation.cancelUpload" => ids.upload = self.start_upload().await,
            "Mutation.sendMessage" | "Mutation.createEmoji" => ids.unsent_file = self.upload_picture().await,
            "Mutation.deleteEmoji" => ids.emoji = self.create_emoji(&format!("d-{}", self.created)).await,
            "Mutation.removeMember" => _ = self.removable_member.join(&self.workspace).await,
            "Mutation.revokeInvite" => ids.invite = self.create_invite().await,
            "Mutation.deleteSavedSearch" => ids.saved_search = self.save_search(&ids.unique).await,
            _ => {}
        }
        ids
    }
}

async fn create_revoked_invite(workspace: &Workspace) -> String {
    let input = json!({ "workspaceId": workspace.id });
    let created = workspace.owner().mutate("createInvite", input, "url invite { id }").await;
    workspace.owner().mutate("revokeInvite", json!({ "inviteId": text(&created, "/invite/id") }), "inviteId").await;
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
