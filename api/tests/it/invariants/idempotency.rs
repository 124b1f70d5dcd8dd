//! Invariant 2: a command id has one effect and one response over any number of retries on any process, even if the
//! first response was lost. The same id with another input returns `CONFLICT`.

use std::collections::BTreeSet;

use api::ground::id::{ChannelId, CommandId, EmojiId, InviteId, MessageId, WorkspaceId};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{
    Client, Process, Server, Setup, Store, Uploader, Workspace, both, new_id, png, process, rows, text, with_workspace,
};

/// Concurrent attempts of the same command.
const ATTEMPTS: usize = 8;

both! {
    concurrent_retries_take_effect_once
    a_command_with_a_lost_response_takes_effect_once
    a_no_op_always_returns_the_same_seq
    retrying_returns_an_exhausted_invite
    a_foreign_workspace_id_leaves_no_trace
    resending_returns_the_current_message
}

/// One mutation that takes a client-minted id.
struct Case {
    client: Client,
    mutation: &'static str,
    input: Value,
    selection: &'static str,
    /// The number of events it appends to the workspace.
    events: usize,
    /// Another command under the same id.
    other: (&'static str, Value),
}

/// All mutations that take an id or a command id, with their targets.
async fn cases(workspace: &Workspace) -> Vec<Case> {
    let targets = create_targets(workspace).await;
    let mut table = Table { workspace, cases: Vec::new() };
    table.messages(&targets);
    table.channels(&targets);
    table.members(&targets);
    table.files(&targets);
    table.cases
}

struct Table<'a> {
    workspace: &'a Workspace,
    cases: Vec<Case>,
}

impl Table<'_> {
    /// An input for the workspace, with a command id where nothing is created.
    fn input(&self, input: Value) -> Value {
        let mut input = with_workspace(input, &self.workspace.id);
        if input["id"].is_null() {
            input.as_object_mut().unwrap().remove("id");
            input["commandId"] = json!(CommandId::mint().to_string());
        }
        input
    }

    /// Adds a mutation by one of the users, and the change that makes it another command.
    fn add(&mut self, user: usize, mutation: &'static str, selection: &'static str, input: Value, change: Value) {
        let input = self.input(input);
        self.add_for(self.workspace.members[user].client.clone(), mutation, selection, input, change);
    }

    fn add_for(
        &mut self,
        client: Client,
        mutation: &'static str,
        selection: &'static str,
        input: Value,
        change: Value,
    ) {
        let mut other = input.clone();
        other.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let events = match mutation {
            "createWorkspace" => 0,
            "acceptInvite" | "deleteEmoji" => 2,
            _ => 1,
        };
        self.cases.push(Case { client, mutation, input, selection, events, other: (mutation, other) });
    }

    fn messages(&mut self, targets: &Targets) {
        let Targets { sent, edited, deleted, plain, reacted, .. } = targets;
        let selection = "seq message { id }";
        let id = new_id::<MessageId>(&self.workspace.id);
        let new = json!({ "id": id, "channelId": self.workspace.general, "text": "new" });
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

    fn channels(&mut self, targets: &Targets) {
        let Targets { room, inside, attic, .. } = targets;
        let [ben, cid, dan] = [1, 2, 3].map(|user| self.workspace.members[user].id.clone());
        let selection = "seq channel { id }";
        let create = json!({ "id": new_id::<ChannelId>(&self.workspace.id), "name": "new" });
        let direct = json!({ "id": new_id::<ChannelId>(&self.workspace.id), "memberIds": [ben] });
        let add = json!({ "channelId": room, "memberIds": [cid] });
        let remove = json!({ "channelId": inside, "memberId": cid });
        self.add(0, "createChannel", selection, create, json!({ "name": "newer" }));
        self.add(0, "openDirect", selection, direct, json!({ "memberIds": [cid] }));
        self.add(1, "joinChannel", selection, json!({ "channelId": room }), json!({ "channelId": inside }));
        self.add(1, "leaveChannel", "seq channelId", json!({ "channelId": inside }), json!({ "channelId": room }));
        self.add(0, "addToChannel", selection, add, json!({ "memberIds": [dan] }));
        self.add(0, "removeFromChannel", selection, remove, json!({ "memberId": dan }));
        let rename = json!({ "channelId": attic, "name": "loft" });
        let describe = json!({ "channelId": attic, "topic": "old things" });
        self.add(0, "renameChannel", selection, rename, json!({ "name": "roof" }));
        self.add(0, "setChannelTopic", selection, describe, json!({ "topic": "new things" }));
        for mutation in ["archiveChannel", "unarchiveChannel"] {
            self.add(0, mutation, selection, json!({ "channelId": attic }), json!({ "channelId": room }));
        }
    }

    fn files(&mut self, targets: &Targets) {
        let [first, second, face] = &targets.files;
        let selection = "seq file { id }";
        let create = json!({ "id": new_id::<EmojiId>(&self.workspace.id), "name": "new", "fileId": face });
        let another = json!({ "emojiId": new_id::<EmojiId>(&self.workspace.id) });
        self.add(0, "updateFile", selection, json!({ "fileId": first, "alt": "A" }), json!({ "alt": "B" }));
        self.add(0, "deleteFile", "seq file { id }", json!({ "fileId": second }), json!({ "fileId": first }));
        self.add(0, "createEmoji", "seq emoji { id }", create, json!({ "name": "newer" }));
        self.add(0, "deleteEmoji", "seq emojiId", json!({ "emojiId": targets.emoji }), another);
        let other = json!({ "name": "Yet another" });
        self.add(
            0,
            "updateWorkspace",
            "seq workspace { id }",
            json!({ "name": "Renamed", "channelMentions": "ADMINS" }),
            other,
        );
    }

    fn members(&mut self, targets: &Targets) {
        let Targets { room, invite, guest, .. } = targets;
        let [cid, dan, eve] = [2, 3, 4].map(|user| self.workspace.members[user].id.clone());
        let selection = "seq member { id }";
        let create = json!({ "id": new_id::<InviteId>(&self.workspace.id), "maxUses": 2 });
        let another = json!({ "inviteId": new_id::<InviteId>(&self.workspace.id) });
        let role = json!({ "memberId": cid, "role": "ADMIN" });
        self.add(0, "createInvite", "invite { id }", create, json!({ "maxUses": 3 }));
        self.add(0, "revokeInvite", "inviteId", json!({ "inviteId": invite }), another);
        self.add(0, "setMemberRole", selection, role, json!({ "role": "OWNER" }));
        self.add(1, "updateMember", selection, json!({ "name": "Benno" }), json!({ "name": "Bruno" }));
        self.add(0, "removeMember", "seq memberId", json!({ "memberId": eve }), json!({ "memberId": dan }));
        let accept = json!({ "commandId": CommandId::mint().to_string(), "token": self.workspace.invite });
        self.add_for(guest.clone(), "acceptInvite", "workspace { id }", accept, json!({ "handle": "another" }));
        let create = json!({ "id": WorkspaceId::mint().to_string(), "name": "Other" });
        let owner = self.workspace.owner().client.clone();
        self.add_for(owner, "createWorkspace", "workspace { id }", create, json!({ "name": "Another" }));
        // `leaveWorkspace` has no other input, so the other command concerns a channel.
        self.add(3, "leaveWorkspace", "seq workspaceId", json!({}), json!({ "channelId": room }));
        let other = &mut self.cases.last_mut().unwrap().other;
        other.0 = "joinChannel";
        other.1.as_object_mut().unwrap().remove("workspaceId");
    }
}

/// The objects that the commands change.
struct Targets {
    sent: String,
    edited: String,
    deleted: String,
    plain: String,
    reacted: String,
    room: String,
    inside: String,
    attic: String,
    invite: String,
    guest: Client,
    files: [String; 3],
    emoji: String,
}

async fn create_targets(workspace: &Workspace) -> Targets {
    let owner = &workspace.owner().client;
    let id = &workspace.id;
    let send = async |text_: &str| {
        let input = json!({ "channelId": workspace.general, "text": text_ });
        text(&owner.mutate("sendMessage", input, "message { id }").await, "/message/id")
    };
    let create = async |name: &str, users: &[&str]| {
        let input = json!({ "workspaceId": id, "name": name, "memberIds": users });
        text(&owner.mutate("createChannel", input, "channel { id }").await, "/channel/id")
    };
    let reacted = send("reacted").await;
    owner.mutate("addReaction", json!({ "messageId": reacted, "emoji": "👍" }), "seq").await;
    let invite = owner.mutate("createInvite", json!({ "workspaceId": id }), "invite { id }").await;
    let uploader = Uploader { client: owner, workspace: id };
    // Previews are complete before events are counted.
    let upload = async || {
        let file = uploader.upload("a.png", &png(9, 9, "")).await.unwrap();
        text(&uploader.wait_until_ready(&text(&file, "/id")).await, "/id")
    };
    let emoji = json!({ "workspaceId": id, "name": "known", "fileId": upload().await });
    let emoji = owner.mutate("createEmoji", emoji, "emoji { id }").await;
    let [ben, cid] = [1, 2].map(|n| &*workspace.members[n].id);
    Targets {
        files: [upload().await, upload().await, upload().await],
        emoji: text(&emoji, "/emoji/id"),
        sent: send("sent").await,
        edited: send("a").await,
        deleted: send("deleted").await,
        plain: send("plain").await,
        room: create("room", &[]).await,
        inside: create("inside", &[ben, cid]).await,
        attic: create("attic", &[]).await,
        invite: text(&invite, "/invite/id"),
        guest: workspace.register("Stranger").await.client,
        reacted,
    }
}

async fn concurrent_retries_take_effect_once(store: &Store) {
    let servers = Server::start_fleet(store).await;
    let workspace = Workspace::with_members(servers[0].address, 5).await;
    for case in cases(&workspace).await {
        let Case { client, mutation, input, selection, .. } = &case;
        let before = rows::events(store, workspace.parsed_id()).await.len();
        let attempts = (0..ATTEMPTS).map(|n| {
            let client = client.at(servers[n % servers.len()].address);
            async move { client.mutate(mutation, input.clone(), selection).await }
        });
        let responses = join_all(attempts).await;
        assert!(responses.iter().all(|response| *response == responses[0]), "{mutation}: {responses:?}");
        workspace.create_channel(&format!("after {mutation}")).await;
        for server in &servers {
            case.assert_repeatable(&client.at(server.address), &responses[0]).await;
        }
        assert_eq!(rows::events(store, workspace.parsed_id()).await.len(), before + case.events + 1, "{mutation}");
    }
    for server in servers {
        server.stop().await;
    }
    for id in workspaces(store).await {
        assert!(id == workspace.parsed_id() || rows::events(store, id).await.len() == 3);
    }
    process::verify(store).await;
}

impl Case {
    /// Repeating the command returns the same response, and another command under its id is rejected.
    async fn assert_repeatable(&self, client: &Client, response: &Value) {
        let again = client.mutate(self.mutation, self.input.clone(), self.selection).await;
        assert_eq!(again, *response, "{}", self.mutation);
        let (mutation, input) = &self.other;
        let refused = client.try_mutate(mutation, input, "__typename").await;
        let code = refused.as_ref().err().map(crate::support::RequestError::code);
        assert_eq!(code, Some("CONFLICT"), "{mutation}({input}): {refused:?}");
    }
}

async fn workspaces(store: &Store) -> Vec<WorkspaceId> {
    let database = rows::open(store).await;
    let rows = rows::query(&database, "SELECT workspace_id FROM workspace").await;
    rows.iter().map(|row| WorkspaceId(row.try_get("", "workspace_id").unwrap())).collect()
}

async fn a_command_with_a_lost_response_takes_effect_once(store: &Store) {
    let mut process = Process::start(store).await;
    let workspace = Workspace::with_members(process.address, 5).await;
    let cases = cases(&workspace).await;
    process.kill().await;
    for case in &cases {
        let before = rows::events(store, workspace.parsed_id()).await.len();
        let mut process = Process::start_with_failpoint(store, Some("lane.committed:1")).await;
        let lost = case.client.at(process.address).try_mutate(case.mutation, &case.input, case.selection).await;
        assert_eq!(
            lost.err().map(|failure| failure.code().to_owned()).as_deref(),
            Some("NO_RESPONSE"),
            "{}",
            case.mutation
        );
        process.wait_for_crash().await;
        let mut process = Process::start(store).await;
        let client = case.client.at(process.address);
        let response = client.mutate(case.mutation, case.input.clone(), case.selection).await;
        case.assert_repeatable(&client, &response).await;
        process.kill().await;
        assert_eq!(rows::events(store, workspace.parsed_id()).await.len(), before + case.events, "{}", case.mutation);
    }
    process::verify(store).await;
}

/// A no-op returns the position of the log at its first execution, and so do its retries.
async fn a_no_op_always_returns_the_same_seq(store: &Store) {
    let servers = Server::start_fleet(store).await;
    let workspace = Workspace::with_members(servers[0].address, 2).await;
    let input = json!({ "channelId": workspace.general, "commandId": CommandId::mint().to_string() });
    let client = &workspace.members[1].client;
    let first = client.mutate("joinChannel", input.clone(), "seq").await;
    for name in ["one", "two"] {
        workspace.create_channel(name).await;
        for server in &servers {
            assert_eq!(client.at(server.address).mutate("joinChannel", input.clone(), "seq").await, first);
        }
    }
    for server in servers {
        server.stop().await;
    }
}

async fn retrying_returns_an_exhausted_invite(store: &Store) {
    let server = Server::on(store).await;
    let workspace = Workspace::create(server.address).await;
    let owner = &workspace.owner().client;
    let input = json!({ "workspaceId": workspace.id, "id": new_id::<InviteId>(&workspace.id), "maxUses": 1 });
    let first = owner.mutate("createInvite", input.clone(), "url invite { id }").await;
    let guest = workspace.register("Stranger").await;
    guest.mutate("acceptInvite", json!({ "token": first["url"] }), "workspace { id }").await;
    let again = owner.mutate("createInvite", input.clone(), "url invite { id }").await;
    assert_eq!(again, first);
    server.stop().await;
    // Also after a restart. With another key the link is unknown, and no wrong one is returned.
    let server = Server::on(store).await;
    let owner = owner.at(server.address);
    let again = owner.mutate("createInvite", input.clone(), "url invite { id }").await;
    // The host differs in this test.
    let token = |response: &Value| response["url"].as_str().unwrap().rsplit('/').next().map(str::to_owned);
    assert_eq!((&again["invite"], token(&again)), (&first["invite"], token(&first)));
    server.stop().await;
    std::fs::remove_file(store.directory.path().join("media.key")).unwrap();
    let server = Server::on(store).await;
    let owner = owner.at(server.address);
    let again = owner.mutate("createInvite", input, "url invite { id }").await;
    assert_eq!((&again["invite"], &again["url"]), (&first["invite"], &Value::Null));
    // Earlier links remain valid.
    let preview = "query($t: String!) { invitePreview(token: $t) { workspaceId } }";
    let seen = owner.query(preview, json!({ "t": workspace.invite })).await;
    assert_eq!(seen["invitePreview"]["workspaceId"], json!(workspace.id));
    server.stop().await;
}

/// A retry must not undo later changes to the message.
async fn resending_returns_the_current_message(Setup { workspace, .. }: &Setup) {
    let owner = &workspace.owner().client;
    let (id, selection) = (new_id::<MessageId>(&workspace.id), "seq message { id text editedAt deletedAt }");
    let input = json!({ "channelId": workspace.general, "id": id, "text": "first" });
    let first = owner.mutate("sendMessage", input.clone(), selection).await;
    let edited = owner.mutate("editMessage", json!({ "messageId": id, "text": "second" }), selection).await;
    let again = owner.mutate("sendMessage", input.clone(), selection).await;
    assert_eq!((&again["message"], &again["seq"]), (&edited["message"], &first["seq"]));
    let deleted = owner.mutate("deleteMessage", json!({ "messageId": id }), selection).await;
    assert!(deleted["message"]["deletedAt"].is_string());
    assert_eq!(owner.mutate("sendMessage", input, selection).await["message"], deleted["message"]);
}

async fn a_foreign_workspace_id_leaves_no_trace(Setup { store, workspace, .. }: &Setup) {
    let stranger = workspace.register("Stranger").await;
    let before = rows::events(store, WorkspaceId::SERVER).await.len();
    let input = json!({ "id": workspace.id, "name": "Mine" });
    let refused = stranger.try_mutate("createWorkspace", &input, "workspace { id }").await;
    assert_eq!(refused, Err("CONFLICT".into()));
    assert_eq!(rows::events(store, WorkspaceId::SERVER).await.len(), before);
}

/// Mutations of private state append no events. `search::queries` saves a search twice, `file_rules` creates an upload
/// twice.
const WITHOUT_EVENTS: [&str; 2] = ["createSavedSearch", "createUpload"];

#[tokio::test]
async fn covers_every_mutation_with_an_id() {
    let server = Server::start().await;
    let workspace = Workspace::with_members(server.address, 5).await;
    let table: BTreeSet<String> = cases(&workspace).await.iter().map(|case| case.mutation.to_owned()).collect();
    let schema = include_str!("../../../../schema.graphql");
    let inputs = schema.split("\ninput ").skip(1).map(|input| input.split_once("\n}").unwrap().0);
    let minting = inputs.filter(|input| input.lines().any(|line| ["\tid: ID", "\tcommandId: ID"].contains(&line)));
    let wanted: BTreeSet<String> = minting
        .map(|input| input.split_once("Input {").unwrap().0)
        .map(|name| name[..1].to_lowercase() + &name[1..])
        .collect();
    let wanted: BTreeSet<String> = wanted.into_iter().filter(|name| !WITHOUT_EVENTS.contains(&name.as_str())).collect();
    assert_eq!(table, wanted);
}
