//! Invariant 9: no data crosses the boundary of a workspace or a channel. Every field of the running schema is executed
//! for every role in every situation of the matrix. The outcome must match the matrix, reveal no hidden data, and not
//! distinguish hidden from missing objects.

use std::collections::{BTreeMap, BTreeSet};

use api::ground::id::MessageId;
use async_graphql::parser::parse_query;
use async_graphql::parser::types::{ExecutableDocument, OperationType, Selection, SelectionSet};
use serde_json::{Value, json};

use crate::invariants::permission_fixture::{Ids, PermissionFixture, ROLES, Role, find_leak, without_ids};
use crate::invariants::permission_matrix::{
    MEMBERS, Outcome, Row, account_mutations, channel_update_mutations, conversation_mutations, file_mutations,
    final_mutations,
};
use crate::invariants::permission_queries::{file_queries, nested_fields, node_queries, queries, search_queries};
use crate::support::{
    ALL_EVENTS, Feed, Member, PRESENCE, Schema, Server, Socket, Store, both, code, document, new_id, sqlite, text,
};

sqlite! {
    resending_after_removal_reveals_nothing
    hidden_activity_changes_no_visible_count
    a_rejected_direct_channel_has_no_effect
}

both! { every_field_returns_the_expected_outcome_for_every_role }

/// Items of `events`. `live::selection` covers their fields and those of their snapshots.
const EVENT_ITEM: &str = "EventItem";

/// Subscriptions are checked separately; `search::queries` covers saved searches.
const SUBSCRIPTIONS: [&str; 3] = ["Subscription.events", "Subscription.presence", "Subscription.searchMatches"];

/// The fields that need a row: all root fields, and all fields with arguments.
fn fields_to_cover(schema: &Schema) -> BTreeSet<String> {
    let fields = schema.objects().flat_map(|of| schema.fields(of).into_iter().map(move |field| (of.to_owned(), field)));
    let root = |of: &str| matches!(of, "Query" | "Mutation" | "Subscription");
    let covered = fields.filter(|(of, field)| root(of) || field.arguments > 0 || field.name == "invites");
    covered.map(|(of, field)| format!("{of}.{}", field.name)).collect()
}

/// The fields without a row.
fn without_row<'a>(fields: &BTreeSet<String>, rows: impl IntoIterator<Item = &'a Row>) -> Vec<String> {
    let known: BTreeSet<&str> = rows.into_iter().map(|row| row.field).chain(SUBSCRIPTIONS).collect();
    fields.iter().filter(|field| !known.contains(field.as_str())).cloned().collect()
}

/// The state of one run over the matrix.
struct Matrix<'a> {
    server: &'a Server,
    fixture: PermissionFixture,
    cells: usize,
    compared: usize,
    /// `Type.field` of everything that returned data.
    answered: BTreeSet<String>,
}

async fn every_field_returns_the_expected_outcome_for_every_role(store: &Store) {
    let server = Server::on(store).await;
    let fixture = PermissionFixture::create(&server).await;
    server.wait_for_index().await;
    let schema = Schema::of(&server).await;
    let watchers = watch(&fixture).await;
    let mut matrix = Matrix { server: &server, fixture, cells: 0, compared: 0, answered: BTreeSet::new() };
    let tables = [
        queries(),
        node_queries(),
        search_queries(),
        file_queries(),
        nested_fields(),
        conversation_mutations(),
        channel_update_mutations(),
        file_mutations(),
        account_mutations(),
    ];
    let rows: Vec<Row> = tables.into_iter().flatten().collect();
    let missing = without_row(&fields_to_cover(&schema), rows.iter().chain(&final_mutations()));
    assert!(missing.is_empty(), "the matrix has no row for {missing:?}");
    for row in &rows {
        matrix.check_row(row, &schema).await;
    }
    matrix.check_subscription("Subscription.events", ALL_EVENTS).await;
    matrix.check_subscription("Subscription.presence", PRESENCE).await;
    matrix.answered.extend(fields_of(PRESENCE, &schema));
    let seen = unwatch(&matrix, watchers).await;
    for row in &final_mutations() {
        matrix.check_row(row, &schema).await;
    }
    let mut unasked = BTreeSet::new();
    let event_items = schema.members(EVENT_ITEM);
    let is_of_events = |of: &str| of.ends_with("Snapshot") || event_items.iter().any(|one| one == of);
    for of in schema.objects().filter(|of| *of != "Subscription" && !is_of_events(of)) {
        let fields = schema.fields(of).into_iter().map(|field| format!("{of}.{}", field.name));
        unasked.extend(fields.filter(|field| !matrix.answered.contains(field)));
    }
    assert!(unasked.is_empty(), "these fields never returned data: {unasked:?}");
    println!(
        "invariant 9: {} cells, {} compared with missing objects, {seen} items watched",
        matrix.cells, matrix.compared
    );
    server.stop().await;
}

impl Matrix<'_> {
    /// Executes one row for every role.
    async fn check_row(&mut self, row: &Row, schema: &Schema) {
        for role in ROLES {
            let expected = row.expected.for_role(role);
            let mut ids = self.fixture.ids.clone();
            if row.is_mutation() {
                ids = self.fixture.fresh_ids(row.field).await;
            }
            let user = self.user_for(row, role, &mut ids).await;
            let response = self.execute(row, user.as_ref(), &ids).await;
            let who = format!("{} ({}) by {role:?}", row.field, row.case);
            assert_eq!(Outcome::of(&response, &row.path), expected, "{who}: {response}");
            self.assert_no_leak(role, &response.to_string(), &who);
            self.cells += 1;
            match expected {
                Outcome::Allowed => self.answered.extend(fields_of(&row.document, schema)),
                Outcome::Unauthenticated | Outcome::NotFound | Outcome::Forbidden | Outcome::Empty => {
                    self.assert_indistinguishable(row, role, user.as_ref(), (&ids, &response)).await;
                }
                _ => {}
            }
        }
    }

    /// The user of a role, with a session of its own where the mutation ends it.
    async fn user_for(&self, row: &Row, role: Role, ids: &mut Ids) -> Option<Member> {
        let user = self.fixture.users.get(&role)?.clone();
        if matches!(row.field, "Mutation.signOut" | "Mutation.revokeSession") {
            let fresh = user.sign_in().await;
            ids.session = fresh.session_id().await;
            return Some(fresh);
        }
        Some(user)
    }

    async fn execute(&self, row: &Row, user: Option<&Member>, ids: &Ids) -> Value {
        let variables = row.variables_for(ids);
        match user {
            Some(user) => user.execute(&row.document, variables).await,
            None => self.server.graphql(&row.document, variables).await,
        }
    }

    fn assert_no_leak(&self, role: Role, response: &str, who: &str) {
        if let Some(word) = find_leak(role, response, &self.fixture.secrets) {
            panic!("{who}: leaked \"{word}\": {response}");
        }
    }

    /// Asserts that hidden objects are answered like missing ones, byte for byte.
    async fn assert_indistinguishable(&mut self, row: &Row, role: Role, user: Option<&Member>, real: (&Ids, &Value)) {
        let hidden = real.0.with_hidden_ids_missing(role);
        let response = self.execute(row, user, &hidden).await;
        let (real, missing) = (without_ids(real.1), without_ids(&response));
        assert_eq!(real, missing, "{} ({}) by {role:?} distinguishes hidden from missing objects", row.field, row.case);
        self.compared += 1;
    }

    /// Executes a subscription for every role.
    async fn check_subscription(&mut self, field: &str, document: &str) {
        for role in ROLES {
            let expected = MEMBERS.for_role(role);
            let mut responses = Vec::new();
            for workspace in [&self.fixture.ids.workspace, &self.fixture.ids.with_hidden_ids_missing(role).workspace] {
                let token = self.fixture.users.get(&role).map(Member::token);
                let mut socket = Socket::connect(self.server, token).await;
                let variables = json!({ "workspaceId": workspace, "after": 0, "privateRev": 77,
                    "memberIds": [self.fixture.ids.owner, self.fixture.ids.foreign_member] });
                socket.subscribe("1", document, variables).await;
                let message = socket.next_for("1").await;
                self.assert_no_leak(role, &message.to_string(), field);
                let outcome = if message["type"] == "next" {
                    Outcome::Allowed
                } else {
                    Outcome::of_code(&text(&message, "/payload/0/extensions/code"))
                };
                assert_eq!(outcome, expected, "{field} by {role:?}: {message}");
                responses.push(message);
                if outcome == Outcome::Allowed {
                    break;
                }
            }
            assert!(responses.iter().all(|response| *response == responses[0]), "{responses:?}");
            self.cells += 1;
        }
    }
}

/// Every `Type.field` that a document selects.
fn fields_of(document: &str, schema: &Schema) -> BTreeSet<String> {
    let parsed: ExecutableDocument = parse_query(document).unwrap();
    let mut found = BTreeSet::new();
    for (_, operation) in parsed.operations.iter() {
        let root = match operation.node.ty {
            OperationType::Query => "Query",
            OperationType::Mutation => "Mutation",
            OperationType::Subscription => "Subscription",
        };
        collect(&operation.node.selection_set.node, root, schema, &mut found);
    }
    found
}

fn collect(set: &SelectionSet, of: &str, schema: &Schema, found: &mut BTreeSet<String>) {
    for item in &set.items {
        match &item.node {
            Selection::Field(field) => {
                let name = field.node.name.node.as_str();
                let Some(known) = schema.fields(of).into_iter().find(|known| known.name == name) else { continue };
                found.insert(format!("{of}.{name}"));
                collect(&field.node.selection_set.node, &known.of, schema, found);
            }
            Selection::InlineFragment(inline) => {
                let of = inline.node.type_condition.as_ref().map_or(of, |on| on.node.on.node.as_str());
                collect(&inline.node.selection_set.node, of, schema, found);
            }
            Selection::FragmentSpread(_) => panic!("the matrix has no named fragments"),
        }
    }
}

type Watcher = tokio::task::JoinHandle<Vec<Value>>;

/// Live connections of all members, which must not receive hidden data either.
async fn watch(fixture: &PermissionFixture) -> BTreeMap<Role, Watcher> {
    let mut watchers = BTreeMap::new();
    for (role, user) in fixture.users.iter().filter(|(role, _)| role.is_member()) {
        let mut feed = Feed::socket(user, &fixture.workspace, fixture.workspace.seq().await).await;
        let watching = tokio::spawn(async move {
            let mut items = Vec::new();
            while items.last().is_none_or(|item: &Value| item["member"]["name"] != "The End") {
                items.push(feed.next().await.unwrap());
            }
            items
        });
        watchers.insert(*role, watching);
    }
    watchers
}

async fn unwatch(matrix: &Matrix<'_>, watchers: BTreeMap<Role, Watcher>) -> usize {
    let input = json!({ "workspaceId": matrix.fixture.ids.workspace, "name": "The End" });
    matrix.fixture.workspace.owner().mutate("updateMember", input, "seq").await;
    let mut seen = 0;
    for (role, watching) in watchers {
        for item in watching.await.unwrap() {
            matrix.assert_no_leak(role, &item.to_string(), "an event");
            seen += 1;
        }
    }
    seen
}

#[test]
fn detects_a_planted_leak() {
    let secrets = [("ada@example.com".to_owned(), vec![Role::Owner])];
    let response =
        json!({ "data": { "channel": null }, "errors": [{ "message": "No CPrivate-name here." }] }).to_string();
    assert_eq!(find_leak(Role::OtherMember, &response, &secrets).as_deref(), Some("cprivate"));
    assert_eq!(find_leak(Role::Admin, &response, &secrets).as_deref(), Some("cprivate"));
    assert_eq!(find_leak(Role::Owner, &response, &secrets), None);
    let response = json!({ "data": { "account": { "email": "ada@example.com" } } }).to_string();
    assert_eq!(find_leak(Role::Member, &response, &secrets).as_deref(), Some("ada@example.com"));
    assert_eq!(find_leak(Role::Stranger, "{\"name\":\"chouse\"}", &secrets).as_deref(), Some("chouse"));
    assert_eq!(find_leak(Role::Anonymous, "{}", &secrets), None);
}

#[test]
fn detects_fields_without_a_row() {
    let fields = BTreeSet::from(["Query.boot".to_owned(), "Query.everything".to_owned()]);
    assert_eq!(without_row(&fields, &queries()), ["Query.everything"]);
    assert_eq!(Outcome::of(&json!({ "data": { "node": null } }), "/node"), Outcome::Empty);
    let refused = &json!({ "data": null, "errors": [{ "extensions": { "code": "NOT_FOUND" } }] });
    assert_eq!(Outcome::of(refused, "/node"), Outcome::NotFound);
    let one = without_ids(&json!({ "a": "wks_01h455vb4pex5vsknk084sn02q x" }));
    assert_eq!(one, without_ids(&json!({ "a": "wks_01h455vb4pex5vsknk084sn02r x" })));
}

/// A removed member who resends a message must not see later changes to it.
async fn resending_after_removal_reveals_nothing(store: &Store) {
    let server = Server::on(store).await;
    let fixture = PermissionFixture::create(&server).await;
    let (member, owner) = (&fixture.users[&Role::Member], fixture.workspace.owner());
    let private = fixture.workspace.create_private_channel("secret", &[member]).await;
    let id = new_id::<MessageId>(&fixture.ids.workspace);
    let input = json!({ "id": id, "channelId": private, "text": "mine" });
    member.mutate("sendMessage", input.clone(), "seq").await;
    owner.mutate("removeFromChannel", json!({ "channelId": private, "memberId": member.id }), "seq").await;
    owner.mutate("addReaction", json!({ "messageId": id, "emoji": "🎉" }), "seq").await;
    let document = document("sendMessage", "message { id reactions { emoji } }");
    let again = member.execute(&document, json!({ "input": input })).await;
    assert_eq!(code(&again).as_deref(), Some("NOT_FOUND"), "{again}");
}

/// Activity in hidden channels changes no visible list or count.
async fn hidden_activity_changes_no_visible_count(store: &Store) {
    let server = Server::on(store).await;
    let fixture = PermissionFixture::create(&server).await;
    let documents = [
        format!("query($w: ID!) {{ workspace(id: $w) {} }}", crate::invariants::permission_selections::workspace()),
        format!("query($w: ID!) {{ boot(workspaceId: $w) {} }}", crate::invariants::permission_selections::boot()),
    ];
    let sides = [Role::OtherMember, Role::Admin];
    let seen = async |fixture: &PermissionFixture| {
        let mut responses = Vec::new();
        for (role, document) in sides.iter().flat_map(|role| documents.iter().map(move |document| (role, document))) {
            let response = fixture.users[role].execute(document, json!({ "w": fixture.ids.workspace })).await;
            assert!(code(&response).is_none(), "{response}");
            responses.push(response);
        }
        responses
    };
    let before = seen(&fixture).await;
    // Private channels with messages, mentions of outsiders, replies and reactions, and direct messages.
    let owner = fixture.workspace.owner().clone();
    let private = fixture.workspace.create_private_channel("cprivate more", &[&fixture.users[&Role::Member]]).await;
    for role in sides {
        let words = format!("cprivate <@{}> <!channel>", fixture.users[&role].id);
        let (root, _) = owner.send_message(&private, &words).await;
        owner.mutate("sendMessage", json!({ "channelId": private, "threadId": root, "text": words }), "seq").await;
        owner.mutate("addReaction", json!({ "messageId": root, "emoji": "🎉" }), "seq").await;
    }
    let direct = fixture.ids.direct.clone();
    owner.send_message(&direct, "cprivate words").await;
    assert_eq!(seen(&fixture).await, before);
}

/// A rejected command has no effect.
async fn a_rejected_direct_channel_has_no_effect(store: &Store) {
    let server = Server::on(store).await;
    let fixture = PermissionFixture::create(&server).await;
    let before = fixture.workspace.seq().await;
    let mut members = Vec::new();
    for n in 0..9 {
        members.push(fixture.workspace.add_member(&format!("Guest {n}"), "MEMBER").await.id);
    }
    let settled = fixture.workspace.seq().await;
    assert!(settled > before);
    let input = json!({ "workspaceId": fixture.ids.workspace, "memberIds": members });
    let response = fixture.workspace.owner().try_mutate("openDirect", &input, "seq").await;
    assert_eq!(response, Err("BAD_USER_INPUT".into()));
    assert_eq!(fixture.workspace.seq().await, settled);
    let input = json!({ "workspaceId": fixture.ids.workspace, "memberIds": members[1..] });
    fixture.workspace.owner().mutate("openDirect", input, "seq").await;
}
