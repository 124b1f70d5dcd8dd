//! Law 2: one command id, one effect and one answer, over any number of retries to any process, also when
//! the first answer was lost with the process; and the same id with another input is `CONFLICT`.

use std::collections::BTreeSet;

use api::id::{ChannelId, CommandId, EmojiId, InviteId, MessageId, WorkspaceId};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::client::{Client, text};
use crate::depot::{Uploader, png};
use crate::process::{self, Process};
use crate::rows;
use crate::server::Server;
use crate::store::{Store, both};
use crate::team::Team;

/// The same command, so often at once.
const TIMES: usize = 8;

both! {
    the_same_command_at_once_happens_once
    a_command_whose_answer_was_lost_happens_once
    what_did_nothing_did_it_at_one_number
    an_invite_that_is_used_up_is_still_the_answer_to_its_command
    the_id_of_another_workspace_leaves_no_trace
    a_message_sent_again_is_as_it_stands_now
}

/// One mutation that takes an id of the client.
struct Case {
    client: Client,
    mutation: &'static str,
    input: Value,
    selection: &'static str,
    /// How many events of the workspace it makes.
    events: usize,
    /// Another command under the same id.
    other: (&'static str, Value),
}

/// The table: every mutation that takes an id or a command id, with what it needs.
async fn cases(team: &Team) -> Vec<Case> {
    let stage = stage(team).await;
    let mut table = Table { team, cases: Vec::new() };
    table.messages(&stage);
    table.channels(&stage);
    table.members(&stage);
    table.files(&stage);
    table.cases
}

struct Table<'a> {
    team: &'a Team,
    cases: Vec<Case>,
}

impl Table<'_> {
    /// An input of the workspace; where it creates nothing, with an id for the command.
    fn input(&self, mut input: Value) -> Value {
        input["workspaceId"] = json!(self.team.workspace);
        if input["id"].is_null() {
            input.as_object_mut().unwrap().remove("id");
            input["commandId"] = json!(CommandId::mint().to_string());
        }
        input
    }

    /// A mutation of one event by one of the people, and what is changed in it to be another command.
    fn add(&mut self, person: usize, mutation: &'static str, selection: &'static str, input: Value, change: Value) {
        let input = self.input(input);
        self.put(self.team.people[person].client.clone(), mutation, selection, input, change);
    }

    fn put(&mut self, client: Client, mutation: &'static str, selection: &'static str, input: Value, change: Value) {
        let mut other = input.clone();
        other.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let events = match mutation {
            "createWorkspace" => 0,
            "acceptInvite" | "deleteEmoji" => 2,
            _ => 1,
        };
        self.cases.push(Case { client, mutation, input, selection, events, other: (mutation, other) });
    }

    fn messages(&mut self, stage: &Stage) {
        let Stage { sent, edited, deleted, plain, reacted, .. } = stage;
        let selection = "seq message { id }";
        let new = json!({ "id": MessageId::mint().to_string(), "channelId": self.team.general, "text": "new" });
        let edit = json!({ "messageId": edited, "text": "b" });
        let delete = json!({ "messageId": deleted });
        let react = json!({ "messageId": plain, "emoji": "👍" });
        let take_back = json!({ "messageId": reacted, "emoji": "👍" });
        self.add(0, "sendMessage", "seq message { id text }", new, json!({ "text": "newer" }));
        self.add(0, "editMessage", selection, edit, json!({ "text": "c" }));
        self.add(0, "deleteMessage", selection, delete, json!({ "messageId": sent }));
        self.add(0, "addReaction", selection, react, json!({ "emoji": "🎉" }));
        self.add(0, "removeReaction", selection, take_back, json!({ "emoji": "🎉" }));
    }

    fn channels(&mut self, stage: &Stage) {
        let Stage { room, inside, .. } = stage;
        let [ben, cid, dan] = [1, 2, 3].map(|person| self.team.people[person].member.clone());
        let selection = "seq channel { id }";
        let create = json!({ "id": ChannelId::mint().to_string(), "name": "new" });
        let direct = json!({ "id": ChannelId::mint().to_string(), "memberIds": [ben] });
        let add = json!({ "channelId": room, "memberIds": [cid] });
        let remove = json!({ "channelId": inside, "memberId": cid });
        self.add(0, "createChannel", selection, create, json!({ "name": "newer" }));
        self.add(0, "openDirect", selection, direct, json!({ "memberIds": [cid] }));
        self.add(1, "joinChannel", selection, json!({ "channelId": room }), json!({ "channelId": inside }));
        self.add(1, "leaveChannel", "seq channelId", json!({ "channelId": inside }), json!({ "channelId": room }));
        self.add(0, "addToChannel", selection, add, json!({ "memberIds": [dan] }));
        self.add(0, "removeFromChannel", selection, remove, json!({ "memberId": dan }));
    }

    fn files(&mut self, stage: &Stage) {
        let [first, second, face] = &stage.files;
        let selection = "seq file { id }";
        let create = json!({ "id": EmojiId::mint().to_string(), "name": "new", "fileId": face });
        let another = json!({ "emojiId": EmojiId::mint().to_string() });
        self.add(0, "updateFile", selection, json!({ "fileId": first, "alt": "A" }), json!({ "alt": "B" }));
        self.add(0, "deleteFile", "seq file { id }", json!({ "fileId": second }), json!({ "fileId": first }));
        self.add(0, "createEmoji", "seq emoji { id }", create, json!({ "name": "newer" }));
        self.add(0, "deleteEmoji", "seq emojiId", json!({ "emojiId": stage.emoji }), another);
        let other = json!({ "name": "Yet another" });
        self.add(
            0,
            "updateWorkspace",
            "seq workspace { id }",
            json!({ "name": "Renamed", "channelMentions": "ADMINS" }),
            other,
        );
    }

    fn members(&mut self, stage: &Stage) {
        let Stage { room, invite, guest, .. } = stage;
        let [cid, dan, eve] = [2, 3, 4].map(|person| self.team.people[person].member.clone());
        let selection = "seq member { id }";
        let create = json!({ "id": InviteId::mint().to_string(), "maxUses": 2 });
        let another = json!({ "inviteId": InviteId::mint().to_string() });
        let role = json!({ "memberId": cid, "role": "ADMIN" });
        self.add(0, "createInvite", "invite { id }", create, json!({ "maxUses": 3 }));
        self.add(0, "revokeInvite", "inviteId", json!({ "inviteId": invite }), another);
        self.add(0, "setMemberRole", selection, role, json!({ "role": "OWNER" }));
        self.add(1, "updateMember", selection, json!({ "name": "Benno" }), json!({ "name": "Bruno" }));
        self.add(0, "removeMember", "seq memberId", json!({ "memberId": eve }), json!({ "memberId": dan }));
        let accept = json!({ "commandId": CommandId::mint().to_string(), "token": self.team.invite });
        self.put(guest.clone(), "acceptInvite", "workspace { id }", accept, json!({ "handle": "another" }));
        let create = json!({ "id": WorkspaceId::mint().to_string(), "name": "Other" });
        let owner = self.team.owner().client.clone();
        self.put(owner, "createWorkspace", "workspace { id }", create, json!({ "name": "Another" }));
        // To leave a workspace has no other input: another command is one that is about a channel.
        self.add(3, "leaveWorkspace", "seq workspaceId", json!({}), json!({ "channelId": room }));
        self.cases.last_mut().unwrap().other.0 = "joinChannel";
    }
}

/// What the commands of the table are about.
struct Stage {
    sent: String,
    edited: String,
    deleted: String,
    plain: String,
    reacted: String,
    room: String,
    inside: String,
    invite: String,
    guest: Client,
    files: [String; 3],
    emoji: String,
}

async fn stage(team: &Team) -> Stage {
    let owner = &team.owner().client;
    let workspace = &team.workspace;
    let send = async |text_: &str| {
        let input = json!({ "workspaceId": workspace, "channelId": team.general, "text": text_ });
        text(&owner.must("sendMessage", input, "message { id }").await["message"]["id"])
    };
    let create = async |name: &str, people: &[&str]| {
        let input = json!({ "workspaceId": workspace, "name": name, "memberIds": people });
        text(&owner.must("createChannel", input, "channel { id }").await["channel"]["id"])
    };
    let reacted = send("reacted").await;
    owner.must("addReaction", json!({ "workspaceId": workspace, "messageId": reacted, "emoji": "👍" }), "seq").await;
    let invite = owner.must("createInvite", json!({ "workspaceId": workspace }), "invite { id }").await;
    let uploader = Uploader { client: owner, workspace };
    // All is made of them before anything is counted.
    let upload = async || {
        let file = uploader.upload("a.png", &png(9, 9, "")).await.unwrap();
        text(&uploader.ready(&text(&file["id"])).await["id"])
    };
    let emoji = json!({ "workspaceId": workspace, "name": "known", "fileId": upload().await });
    let emoji = owner.must("createEmoji", emoji, "emoji { id }").await;
    let [ben, cid] = [1, 2].map(|n| &*team.people[n].member);
    Stage {
        files: [upload().await, upload().await, upload().await],
        emoji: text(&emoji["emoji"]["id"]),
        sent: send("sent").await,
        edited: send("a").await,
        deleted: send("deleted").await,
        plain: send("plain").await,
        room: create("room", &[]).await,
        inside: create("inside", &[ben, cid]).await,
        invite: text(&invite["invite"]["id"]),
        guest: team.register().await,
        reacted,
    }
}

async fn the_same_command_at_once_happens_once(store: &Store) {
    let servers = Server::some_at(store).await;
    let team = Team::begin(servers[0].address, 5).await;
    for case in cases(&team).await {
        let Case { client, mutation, input, selection, .. } = &case;
        let before = rows::events(store, team.id()).await.len();
        let asked = (0..TIMES).map(|n| {
            let client = client.at(servers[n % servers.len()].address);
            async move { client.must(mutation, input.clone(), selection).await }
        });
        let answers = join_all(asked).await;
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{mutation}: {answers:?}");
        team.announce(&format!("after {mutation}")).await;
        for server in &servers {
            case.repeats(&client.at(server.address), &answers[0]).await;
        }
        assert_eq!(rows::events(store, team.id()).await.len(), before + case.events + 1, "{mutation}");
    }
    for server in servers {
        server.stop().await;
    }
    for id in workspaces(store).await {
        assert!(id == team.id() || rows::events(store, id).await.len() == 3);
    }
    process::verify(store).await;
}

impl Case {
    /// Once more it has the same answer, and another command under its id is refused.
    async fn repeats(&self, client: &Client, answer: &Value) {
        let again = client.must(self.mutation, self.input.clone(), self.selection).await;
        assert_eq!(again, *answer, "{}", self.mutation);
        let (mutation, input) = &self.other;
        let refused = client.mutate(mutation, input, "__typename").await;
        let code = refused.as_ref().err().map(crate::client::Failure::code);
        assert_eq!(code, Some("CONFLICT"), "{mutation}({input}): {refused:?}");
    }
}

async fn workspaces(store: &Store) -> Vec<WorkspaceId> {
    let database = rows::open(store).await;
    let rows = rows::query(&database, "SELECT workspace_id FROM workspace").await;
    rows.iter().map(|row| WorkspaceId(row.try_get("", "workspace_id").unwrap())).collect()
}

async fn a_command_whose_answer_was_lost_happens_once(store: &Store) {
    let mut process = Process::start(store).await;
    let team = Team::begin(process.address, 5).await;
    let cases = cases(&team).await;
    process.kill().await;
    for case in &cases {
        let before = rows::events(store, team.id()).await.len();
        let mut process = Process::start_with(store, Some("lane.committed:1")).await;
        let lost = case.client.at(process.address).mutate(case.mutation, &case.input, case.selection).await;
        assert_eq!(lost.err().map(|failure| failure.code().to_owned()).as_deref(), Some("GONE"), "{}", case.mutation);
        process.died().await;
        let mut process = Process::start(store).await;
        let client = case.client.at(process.address);
        let answer = client.must(case.mutation, case.input.clone(), case.selection).await;
        case.repeats(&client, &answer).await;
        process.kill().await;
        assert_eq!(rows::events(store, team.id()).await.len(), before + case.events, "{}", case.mutation);
    }
    process::verify(store).await;
}

/// A command that found everything so already answers where the log stood, and so does its repetition,
/// however far the log has come since.
async fn what_did_nothing_did_it_at_one_number(store: &Store) {
    let servers = Server::some_at(store).await;
    let team = Team::begin(servers[0].address, 2).await;
    let input = json!({
        "workspaceId": team.workspace, "channelId": team.general, "commandId": CommandId::mint().to_string(),
    });
    let client = &team.people[1].client;
    let first = client.must("joinChannel", input.clone(), "seq").await;
    for name in ["one", "two"] {
        team.announce(name).await;
        for server in &servers {
            assert_eq!(client.at(server.address).must("joinChannel", input.clone(), "seq").await, first);
        }
    }
    for server in servers {
        server.stop().await;
    }
}

async fn an_invite_that_is_used_up_is_still_the_answer_to_its_command(store: &Store) {
    let server = Server::start_at(store).await;
    let team = Team::begin(server.address, 1).await;
    let owner = &team.owner().client;
    let input = json!({ "workspaceId": team.workspace, "id": InviteId::mint().to_string(), "maxUses": 1 });
    let first = owner.must("createInvite", input.clone(), "url invite { id }").await;
    let guest = team.register().await;
    guest.must("acceptInvite", json!({ "token": first["url"] }), "workspace { id }").await;
    let again = owner.must("createInvite", input.clone(), "url invite { id }").await;
    assert_eq!(again, first);
    server.stop().await;
    // After a restart too; with another key the link is not known any more, and no wrong one is made up.
    let server = Server::start_at(store).await;
    let owner = owner.at(server.address);
    let again = owner.must("createInvite", input.clone(), "url invite { id }").await;
    // The address is another one in this test.
    let token = |answer: &Value| answer["url"].as_str().unwrap().rsplit('/').next().map(str::to_owned);
    assert_eq!((&again["invite"], token(&again)), (&first["invite"], token(&first)));
    server.stop().await;
    std::fs::remove_file(store.directory.path().join("media.key")).unwrap();
    let server = Server::start_at(store).await;
    let owner = owner.at(server.address);
    let again = owner.must("createInvite", input, "url invite { id }").await;
    assert_eq!((&again["invite"], &again["url"]), (&first["invite"], &Value::Null));
    // Links from before go on to work.
    let preview = "query($t: String!) { invitePreview(token: $t) { workspaceId } }";
    let seen = owner.query(preview, json!({ "t": team.invite })).await;
    assert_eq!(seen["invitePreview"]["workspaceId"], json!(team.workspace));
    server.stop().await;
}

/// The answer to a lost answer must not undo what happened to the message since.
async fn a_message_sent_again_is_as_it_stands_now(store: &Store) {
    let server = Server::start_at(store).await;
    let team = Team::begin(server.address, 1).await;
    let owner = &team.owner().client;
    let (id, selection) = (MessageId::mint().to_string(), "seq message { id text editedAt deletedAt }");
    let input = json!({ "workspaceId": team.workspace, "channelId": team.general, "id": id, "text": "first" });
    let first = owner.must("sendMessage", input.clone(), selection).await;
    let edit = json!({ "workspaceId": team.workspace, "messageId": id, "text": "second" });
    let edited = owner.must("editMessage", edit, selection).await;
    let again = owner.must("sendMessage", input.clone(), selection).await;
    assert_eq!((&again["message"], &again["seq"]), (&edited["message"], &first["seq"]));
    let delete = json!({ "workspaceId": team.workspace, "messageId": id });
    let deleted = owner.must("deleteMessage", delete, selection).await;
    assert!(deleted["message"]["deletedAt"].is_string());
    assert_eq!(owner.must("sendMessage", input, selection).await["message"], deleted["message"]);
    server.stop().await;
}

async fn the_id_of_another_workspace_leaves_no_trace(store: &Store) {
    let server = Server::start_at(store).await;
    let team = Team::begin(server.address, 1).await;
    let stranger = team.register().await;
    let before = rows::events(store, WorkspaceId::SERVER).await.len();
    let input = json!({ "id": team.workspace, "name": "Mine" });
    let refused = stranger.mutate("createWorkspace", &input, "workspace { id }").await;
    assert_eq!(refused.err().map(|failure| failure.code().to_owned()).as_deref(), Some("CONFLICT"));
    assert_eq!(rows::events(store, WorkspaceId::SERVER).await.len(), before);
    server.stop().await;
}

/// What is private to one person makes no event; `search.rs` saves a search twice, `file_rules.rs` begins an upload
/// twice.
const PRIVATE: [&str; 2] = ["createSavedSearch", "createUpload"];

#[tokio::test]
async fn the_table_has_every_mutation_that_takes_an_id() {
    let server = Server::start().await;
    let team = Team::begin(server.address, 5).await;
    let table: BTreeSet<String> = cases(&team).await.iter().map(|case| case.mutation.to_owned()).collect();
    let schema = include_str!("../../../schema.graphql");
    let inputs = schema.split("\ninput ").skip(1).map(|input| input.split_once("\n}").unwrap().0);
    let minting = inputs.filter(|input| input.lines().any(|line| ["\tid: ID", "\tcommandId: ID"].contains(&line)));
    let wanted: BTreeSet<String> = minting
        .map(|input| input.split_once("Input {").unwrap().0)
        .map(|name| name[..1].to_lowercase() + &name[1..])
        .collect();
    let wanted: BTreeSet<String> = wanted.into_iter().filter(|name| !PRIVATE.contains(&name.as_str())).collect();
    assert_eq!(table, wanted);
}
