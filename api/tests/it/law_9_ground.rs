//! The ground of law 9: two workspaces, people on every side of their walls, and texts that give a leak
//! away wherever they turn up.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::client::Client;
use crate::depot::{Uploader, png};
use crate::feed::{ALL, Feed};
use crate::people::{Company, Person, register, text};
use crate::server::Server;
use crate::socket::Socket;

/// Who asks. In the order of the columns of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    Nobody,
    Member,
    Outside,
    Stranger,
    Removed,
    Admin,
    Owner,
}

pub const ROLES: [Role; 7] =
    [Role::Nobody, Role::Member, Role::Outside, Role::Stranger, Role::Removed, Role::Admin, Role::Owner];

impl Role {
    /// Whether they are a member of the house.
    pub fn inside(self) -> bool {
        matches!(self, Self::Member | Self::Outside | Self::Admin | Self::Owner)
    }
}

/// Texts that only some may see, whichever word follows them.
const CANARIES: [(&str, &[Role]); 3] = [
    ("chouse", &[Role::Member, Role::Outside, Role::Admin, Role::Owner]),
    ("cprivate", &[Role::Member, Role::Owner]),
    ("cforeign", &[Role::Stranger]),
];

/// The first text in an answer that this role may not see.
pub fn leak(role: Role, answer: &str, secrets: &[(String, Vec<Role>)]) -> Option<String> {
    let answer = answer.to_lowercase();
    let fixed = CANARIES.iter().map(|(word, roles)| ((*word).to_owned(), roles.to_vec()));
    let all = fixed.chain(secrets.iter().cloned());
    all.filter(|(word, roles)| !roles.contains(&role) && answer.contains(word.as_str())).map(|(word, _)| word).next()
}

/// What a row may name. Every field is an id or a token.
#[derive(Debug, Clone, Default)]
pub struct Ground {
    pub workspace: String,
    pub general: String,
    /// Public, with only the owner in it.
    pub hall: String,
    pub private: String,
    pub private_name: String,
    pub direct: String,
    /// By the member, in the private channel, with a reply.
    pub root: String,
    pub reply: String,
    pub public_message: String,
    pub direct_message: String,
    pub owner: String,
    pub third: String,
    pub fourth: String,
    pub fifth: String,
    pub invite: String,
    pub lobby: String,
    pub revoked: String,
    pub foreign_workspace: String,
    pub foreign_channel: String,
    pub foreign_message: String,
    pub foreign_member: String,
    pub foreign_invite: String,
    /// Of the member, in the private channel.
    pub file: String,
    /// Of the member alone: a picture that is not sent, and one whose bytes are there and which is no file yet.
    pub unsent: String,
    pub upload: String,
    /// By the member.
    pub emoji: String,
    /// Of the owner.
    pub saved: String,
    pub sign_in: String,
    pub foreign_sign_in: String,
    pub helper_email: String,
    pub unique: String,
}

fn ghost(prefix: &str) -> String {
    format!("{prefix}{}", Uuid::new_v4())
}

impl Ground {
    /// The same, but what this role may not see has never existed.
    pub fn without_what_is_hidden(&self, role: Role) -> Self {
        let mut ghosts = self.clone();
        if !matches!(role, Role::Member | Role::Owner) {
            ghosts.private = ghost("chn_");
            ghosts.direct = ghost("chn_");
            ghosts.file = ghost("fil_");
            for message in [&mut ghosts.root, &mut ghosts.reply, &mut ghosts.direct_message] {
                *message = ghost("msg_");
            }
        }
        if role != Role::Member {
            ghosts.unsent = ghost("fil_");
            ghosts.upload = ghost("fil_");
        }
        if role != Role::Owner {
            ghosts.saved = ghost("sav_");
        }
        ghosts.foreign_message = ghost("msg_");
        ghosts.foreign_channel = ghost("chn_");
        ghosts.foreign_member = ghost("mem_");
        ghosts.foreign_invite = ghost("inv_");
        ghosts.foreign_workspace = ghost("wks_");
        ghosts.foreign_sign_in = ghost("sig_");
        if !role.inside() {
            ghosts.workspace = ghost("wks_");
            ghosts.general = ghost("chn_");
            ghosts.hall = ghost("chn_");
            ghosts.public_message = ghost("msg_");
            ghosts.invite = ghost("inv_");
            ghosts.emoji = ghost("emo_");
            for member in [&mut ghosts.owner, &mut ghosts.third, &mut ghosts.fourth, &mut ghosts.fifth] {
                *member = ghost("mem_");
            }
        }
        ghosts
    }
}

/// Everybody and everything that stays.
pub struct House {
    pub company: Company,
    pub people: BTreeMap<Role, Person>,
    pub base: Ground,
    /// Addresses, each for the eyes of one.
    pub secrets: Vec<(String, Vec<Role>)>,
    third: Person,
    fifth: Person,
    made: usize,
}

impl House {
    pub async fn build(server: &Server) -> Self {
        let host = register(server, "Host", None).await;
        let lobby = host.founds(server, "Lobby").await;
        let owner = register(server, "chouse owner", Some(&lobby.invite)).await;
        let company = owner.founds(server, "chouse").await;
        let member = company.hires(server, "chouse member", "MEMBER").await;
        let outside = company.hires(server, "chouse outside", "MEMBER").await;
        let admin = company.hires(server, "chouse admin", "ADMIN").await;
        let removed = company.hires(server, "Removed", "MEMBER").await;
        let third = company.hires(server, "chouse third", "MEMBER").await;
        let fourth = company.hires(server, "chouse fourth", "MEMBER").await;
        let fifth = company.hires(server, "chouse fifth", "MEMBER").await;
        let stranger = register(server, "cforeign stranger", Some(&lobby.invite)).await;
        let foreign = stranger.founds(server, "cforeign").await;
        let (foreign_message, _) = stranger.sends(server, &foreign, &foreign.general, "cforeign words").await;
        let made = stranger
            .does(server, "createInvite", "{ invite { id } }", json!({ "workspaceId": foreign.workspace }))
            .await;
        let base = Ground {
            workspace: company.workspace.clone(),
            general: company.general.clone(),
            owner: company.owner.member.clone(),
            third: third.member.clone(),
            fourth: fourth.member.clone(),
            fifth: fifth.member.clone(),
            lobby: lobby.invite.clone(),
            revoked: revoked(server, &company).await,
            foreign_workspace: foreign.workspace.clone(),
            foreign_channel: foreign.general.clone(),
            foreign_message,
            foreign_member: foreign.owner.member.clone(),
            foreign_invite: text(&made, "/invite/id"),
            sign_in: ghost("sig_"),
            foreign_sign_in: host.sign_in_id(server).await,
            helper_email: host.email.clone(),
            ..Ground::default()
        };
        let roles = [
            (Role::Member, member),
            (Role::Outside, outside),
            (Role::Stranger, foreign.owner.clone()),
            (Role::Removed, removed),
            (Role::Admin, admin),
            (Role::Owner, company.owner.clone()),
        ];
        let secrets = roles.iter().map(|(role, person)| (person.email.clone(), vec![*role])).collect();
        let people = roles.into_iter().collect();
        let mut house = Self { company, people, base, secrets, third, fifth, made: 0 };
        house.furnish(server).await;
        house
    }

    /// Fills the rooms, tells the member of a mention, and sends the removed away.
    async fn furnish(&mut self, server: &Server) {
        let removed = self.people[&Role::Removed].clone();
        let private = self.private(server, "cprivate-name", &[&removed]).await;
        let direct = json!({ "workspaceId": self.base.workspace, "memberIds": [self.base.owner] });
        let direct = self.people[&Role::Member].does(server, "openDirect", "{ channel { id } }", direct).await;
        self.base.direct = text(&direct, "/channel/id");
        self.base.private = private;
        self.base.direct_message = self.sends(server, Role::Owner, &self.base.direct, "cprivate direct").await;
        self.base.public_message = self.sends(server, Role::Member, &self.company.general, "chouse words").await;
        self.base.root = self.sends(server, Role::Member, &self.base.private, "cprivate root").await;
        let reply = json!({ "workspaceId": self.base.workspace, "channelId": self.base.private,
            "threadId": self.base.root, "text": "cprivate reply" });
        let reply = self.company.owner.does(server, "sendMessage", "{ message { id } }", reply).await;
        self.base.reply = text(&reply, "/message/id");
        self.base.file = self.sends_a_file(server, &self.base.private).await;
        self.base.unsent = self.uploads(server).await;
        self.base.upload = self.begins(server).await;
        self.mention(server).await;
        let input = json!({ "workspaceId": self.base.workspace, "memberId": removed.member });
        self.company.owner.does(server, "removeMember", "{ seq }", input).await;
    }

    /// Mentions everybody in the private channel, and waits until the member has been told.
    async fn mention(&self, server: &Server) {
        let member = &self.people[&Role::Member];
        let mut socket = Socket::ready(server, Some(&member.token)).await;
        socket.subscribe("1", ALL, json!({ "workspaceId": self.base.workspace, "privateRev": 77 })).await;
        let mut feed = Feed::Socket(Box::new(socket));
        while feed.next().await.unwrap()["__typename"] != "PrivateChanged" {}
        let inside = [Role::Member, Role::Outside, Role::Admin];
        let words: Vec<String> = inside.iter().map(|role| format!("<@{}>", self.people[role].member)).collect();
        let words = format!("cprivate mention <!channel> {}", words.join(" "));
        let message = self.sends(server, Role::Owner, &self.base.private, &words).await;
        while feed.next().await.unwrap()["messageId"] != json!(message) {}
    }

    /// A private channel of the owner, the member, the third and these.
    async fn private(&self, server: &Server, name: &str, more: &[&Person]) -> String {
        let people = [&self.people[&Role::Member], &self.third].into_iter().chain(more.iter().copied());
        let members: Vec<&str> = people.map(|person| person.member.as_str()).collect();
        let input = json!({ "workspaceId": self.base.workspace, "name": name, "kind": "PRIVATE",
            "topic": "cprivate topic", "memberIds": members });
        text(&self.company.owner.does(server, "createChannel", "{ channel { id } }", input).await, "/channel/id")
    }

    async fn sends(&self, server: &Server, role: Role, channel: &str, words: &str) -> String {
        let input = json!({ "workspaceId": self.base.workspace, "channelId": channel, "text": words });
        text(&self.people[&role].does(server, "sendMessage", "{ message { id } }", input).await, "/message/id")
    }

    /// The member uploads a picture.
    async fn uploads(&self, server: &Server) -> String {
        let client = self.client(server);
        let uploader = Uploader { client: &client, workspace: &self.base.workspace };
        let id = text(&uploader.upload("cprivate-picture.png", &png(20, 20, "")).await.unwrap(), "/id");
        uploader.ready(&id).await;
        id
    }

    /// The member puts the bytes of a picture, and goes no further.
    async fn begins(&self, server: &Server) -> String {
        let client = self.client(server);
        let uploader = Uploader { client: &client, workspace: &self.base.workspace };
        let bytes = png(20, 20, "");
        let upload = uploader.begin("cprivate-upload.png", &bytes).await.unwrap();
        uploader.put_all(&upload, &bytes).await;
        text(&upload, "/id")
    }

    async fn sends_a_file(&self, server: &Server, channel: &str) -> String {
        let file = self.uploads(server).await;
        let input = json!({ "workspaceId": self.base.workspace, "channelId": channel, "text": "cprivate file",
            "attachmentIds": [file] });
        self.people[&Role::Member].does(server, "sendMessage", "{ seq }", input).await;
        file
    }

    fn client(&self, server: &Server) -> Client {
        Client { token: Some(self.people[&Role::Member].token.clone()), ..Client::new(server.address) }
    }

    /// New rooms and messages for a change, so that no change finds what another has left.
    pub async fn fresh(&mut self, server: &Server, field: &str) -> Ground {
        self.made += 1;
        let mut ground = Ground { unique: format!("unique{}", self.made), ..self.base.clone() };
        let in_rooms = ["Channel", "Message", "Reaction", "Read", "Unread", "Direct"];
        if in_rooms.iter().any(|word| field.ends_with(word)) {
            ground.private_name = format!("hidden-{}", self.made);
            ground.private = self.private(server, &ground.private_name, &[]).await;
            ground.root = self.sends(server, Role::Member, &ground.private, "cprivate root").await;
            ground.public_message = self.sends(server, Role::Member, &ground.general, "chouse words").await;
            let hall = json!({ "workspaceId": ground.workspace, "name": format!("hall-{}", self.made) });
            let hall = self.company.owner.does(server, "createChannel", "{ channel { id } }", hall).await;
            ground.hall = text(&hall, "/channel/id");
        }
        match field {
            "Mutation.updateFile" | "Mutation.deleteFile" => {
                ground.file = self.sends_a_file(server, &ground.private).await;
                ground.unsent = self.uploads(server).await;
            }
            "Mutation.createUpload" => ground.file = self.sends_a_file(server, &ground.private).await,
            "Mutation.completeUpload" | "Mutation.cancelUpload" => ground.upload = self.begins(server).await,
            "Mutation.sendMessage" | "Mutation.createEmoji" => ground.unsent = self.uploads(server).await,
            "Mutation.deleteEmoji" => {
                let file = self.uploads(server).await;
                let name = format!("d-{}", self.made);
                let input = json!({ "workspaceId": ground.workspace, "name": name, "fileId": file });
                let made = self.people[&Role::Member].does(server, "createEmoji", "{ emoji { id } }", input).await;
                ground.emoji = text(&made, "/emoji/id");
            }
            "Mutation.removeMember" => _ = self.fifth.joins(server, &self.company).await,
            "Mutation.revokeInvite" => {
                let input = json!({ "workspaceId": ground.workspace });
                let made = self.company.owner.does(server, "createInvite", "{ invite { id } }", input).await;
                ground.invite = text(&made, "/invite/id");
            }
            "Mutation.deleteSavedSearch" => {
                let input = json!({ "workspaceId": ground.workspace, "name": ground.unique, "query": "words" });
                let owner = &self.company.owner;
                let made = owner.does(server, "createSavedSearch", "{ savedSearch { id } }", input).await;
                ground.saved = text(&made, "/savedSearch/id");
            }
            _ => {}
        }
        ground
    }
}

async fn revoked(server: &Server, company: &Company) -> String {
    let input = json!({ "workspaceId": company.workspace });
    let made = company.owner.does(server, "createInvite", "{ url invite { id } }", input).await;
    let input = json!({ "workspaceId": company.workspace, "inviteId": text(&made, "/invite/id") });
    company.owner.does(server, "revokeInvite", "{ inviteId }", input).await;
    text(&made, "/url").rsplit('/').next().unwrap().to_owned()
}

/// Takes ids out of an answer, so that answers about different things can be compared byte for byte.
pub fn without_ids(answer: &Value) -> String {
    let mut text = answer.to_string();
    for prefix in ["wks_", "chn_", "msg_", "mem_", "inv_", "sig_", "sav_", "acc_", "fil_", "emo_"] {
        let parts: Vec<&str> = text.split(prefix).collect();
        let rest = parts[1..].iter().map(|part| part.get(36..).unwrap_or(""));
        text = parts[..1].iter().copied().chain(rest).collect::<Vec<_>>().join(prefix);
    }
    text
}
