//! Law 9: nothing crosses a wall. Every field of the running schema is asked by everybody, in every
//! situation that the table names; what comes back is what the table says, tells nobody what they may not
//! see, and does not tell what is hidden from what does not exist.

use std::collections::{BTreeMap, BTreeSet};

use async_graphql::parser::parse_query;
use async_graphql::parser::types::{ExecutableDocument, OperationType, Selection, SelectionSet};
use serde_json::{Value, json};

use crate::feed::{ALL, Feed};
use crate::law_9_ground::{Ground, House, ROLES, Role, leak, without_ids};
use crate::law_9_table::{Row, files, files_asked, inner, last, people, queries, talk};
use crate::people::{Person, code, mutation, server_on, text};
use crate::schema::Schema;
use crate::server::Server;
use crate::socket::Socket;
use crate::store::{Store, both};
use crate::watch::PRESENCE;

both!(everybody_asks_everything);

/// Types that a client gets only in `events`; their fields are walked by the tests of selections.
const TOLD: &str = "EventItem";

/// Asked by themselves; saved searches are tried in `search.rs`.
const SUBSCRIPTIONS: [&str; 3] = ["Subscription.events", "Subscription.presence", "Subscription.searchMatches"];

/// The fields that must have a row: all roots, and every field that takes arguments.
fn to_be_asked(schema: &Schema) -> BTreeSet<String> {
    let fields = schema.objects().flat_map(|of| schema.fields(of).into_iter().map(move |field| (of.to_owned(), field)));
    let root = |of: &str| matches!(of, "Query" | "Mutation" | "Subscription");
    let asked = fields.filter(|(of, field)| root(of) || field.arguments > 0 || field.name == "invites");
    asked.map(|(of, field)| format!("{of}.{}", field.name)).collect()
}

/// Those without a row.
fn without_row<'a>(fields: &BTreeSet<String>, rows: impl IntoIterator<Item = &'a Row>) -> Vec<String> {
    let known: BTreeSet<&str> = rows.into_iter().map(|row| row.field).chain(SUBSCRIPTIONS).collect();
    fields.iter().filter(|field| !known.contains(field.as_str())).cloned().collect()
}

/// What has been asked so far.
struct Matrix<'a> {
    server: &'a Server,
    house: House,
    cells: usize,
    compared: usize,
    /// `Type.field` of everything that was answered.
    answered: BTreeSet<String>,
}

async fn everybody_asks_everything(store: &Store) {
    let server = server_on(store).await;
    let house = House::build(&server).await;
    server.indexed().await;
    let schema = Schema::of(&server).await;
    let watchers = watch(&server, &house).await;
    let mut matrix = Matrix { server: &server, house, cells: 0, compared: 0, answered: BTreeSet::new() };
    let rows: Vec<Row> = [queries(), files_asked(), inner(), talk(), files(), people()].into_iter().flatten().collect();
    let missing = without_row(&to_be_asked(&schema), rows.iter().chain(&last()));
    assert!(missing.is_empty(), "the table has no row for {missing:?}");
    for row in &rows {
        matrix.ask_all(row, &schema).await;
    }
    matrix.subscribe_all("Subscription.events", ALL).await;
    matrix.subscribe_all("Subscription.presence", PRESENCE).await;
    matrix.answered.extend(asked_for(PRESENCE, &schema));
    let seen = unwatch(&matrix, watchers).await;
    for row in &last() {
        matrix.ask_all(row, &schema).await;
    }
    let mut unasked = BTreeSet::new();
    let told = schema.members(TOLD);
    for of in schema.objects().filter(|of| *of != "Subscription" && !told.iter().any(|one| one == of)) {
        let fields = schema.fields(of).into_iter().map(|field| format!("{of}.{}", field.name));
        unasked.extend(fields.filter(|field| !matrix.answered.contains(field)));
    }
    assert!(unasked.is_empty(), "these fields were never answered: {unasked:?}");
    println!(
        "law 9: {} cells, {} compared with what does not exist, {seen} items watched",
        matrix.cells, matrix.compared
    );
    server.stop().await;
}

impl Matrix<'_> {
    /// One row, asked by everybody.
    async fn ask_all(&mut self, row: &Row, schema: &Schema) {
        for (role, expected) in ROLES.into_iter().zip(row.expected.chars()) {
            let mut ground = self.house.base.clone();
            if row.is_mutation() {
                ground = self.house.fresh(self.server, row.field).await;
            }
            let person = self.comes(row, role, &mut ground).await;
            let answer = self.ask(row, person.as_ref(), &ground).await;
            let who = format!("{} ({}) by {role:?}", row.field, row.case);
            assert_eq!(letter(&answer, &row.at), expected, "{who}: {answer}");
            self.check(role, &answer.to_string(), &who);
            self.cells += 1;
            match expected {
                'A' => self.answered.extend(asked_for(&row.document, schema)),
                'U' | 'N' | 'F' | 'Z' => self.compare(row, role, person.as_ref(), (&ground, &answer)).await,
                _ => {}
            }
        }
    }

    /// The person of a role, with a sign-in of its own where that will end.
    async fn comes(&self, row: &Row, role: Role, ground: &mut Ground) -> Option<Person> {
        let person = self.house.people.get(&role)?.clone();
        if matches!(row.field, "Mutation.signOut" | "Mutation.revokeSignIn") {
            let fresh = person.signs_in(self.server).await;
            ground.sign_in = fresh.sign_in_id(self.server).await;
            return Some(fresh);
        }
        Some(person)
    }

    async fn ask(&self, row: &Row, person: Option<&Person>, ground: &Ground) -> Value {
        let token = person.map(|person| person.token.as_str());
        self.server.graphql(token, &row.document, row.variables_on(ground)).await
    }

    fn check(&self, role: Role, answer: &str, who: &str) {
        if let Some(word) = leak(role, answer, &self.house.secrets) {
            panic!("{who}: \"{word}\" got out: {answer}");
        }
    }

    /// What is hidden is answered as if it did not exist, byte for byte.
    async fn compare(&mut self, row: &Row, role: Role, person: Option<&Person>, real: (&Ground, &Value)) {
        let ghosts = real.0.without_what_is_hidden(role);
        let answer = self.ask(row, person, &ghosts).await;
        let (real, ghost) = (without_ids(real.1), without_ids(&answer));
        assert_eq!(real, ghost, "{} ({}) by {role:?} tells what is hidden", row.field, row.case);
        self.compared += 1;
    }

    /// A subscription, asked by everybody.
    async fn subscribe_all(&mut self, field: &str, document: &str) {
        for (role, expected) in ROLES.into_iter().zip("UAANNAA".chars()) {
            let mut answers = Vec::new();
            for workspace in [&self.house.base.workspace, &self.house.base.without_what_is_hidden(role).workspace] {
                let token = self.house.people.get(&role).map(|person| person.token.as_str());
                let mut socket = Socket::ready(self.server, token).await;
                let variables = json!({ "workspaceId": workspace, "after": 0, "privateRev": 77,
                    "memberIds": [self.house.base.owner, self.house.base.foreign_member] });
                socket.subscribe("1", document, variables).await;
                let message = socket.next_of("1").await;
                self.check(role, &message.to_string(), field);
                let letter = if message["type"] == "next" {
                    'A'
                } else {
                    of_code(&text(&message, "/payload/0/extensions/code"))
                };
                assert_eq!(letter, expected, "{field} by {role:?}: {message}");
                answers.push(message);
                if letter == 'A' {
                    break;
                }
            }
            assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
            self.cells += 1;
        }
    }
}

fn of_code(code: &str) -> char {
    match code {
        "UNAUTHENTICATED" => 'U',
        "NOT_FOUND" => 'N',
        "FORBIDDEN" => 'F',
        "CONFLICT" => 'C',
        "BAD_USER_INPUT" => 'B',
        _ => '?',
    }
}

/// The letter of an answer in the table.
fn letter(answer: &Value, at: &str) -> char {
    match code(answer) {
        Some(code) => of_code(&code),
        None => match answer["data"].pointer(at) {
            None | Some(Value::Null) => 'Z',
            Some(Value::Array(items)) if items.is_empty() => 'Z',
            Some(_) => 'A',
        },
    }
}

/// Every `Type.field` that a document asks for.
fn asked_for(document: &str, schema: &Schema) -> BTreeSet<String> {
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
            Selection::FragmentSpread(_) => panic!("the table has no named fragments"),
        }
    }
}

type Watcher = tokio::task::JoinHandle<Vec<Value>>;

/// Live connections of everybody in the house, which must not be told what is hidden either.
async fn watch(server: &Server, house: &House) -> BTreeMap<Role, Watcher> {
    let mut watchers = BTreeMap::new();
    for (role, person) in house.people.iter().filter(|(role, _)| role.inside()) {
        let mut feed = Feed::socket(server, person, &house.company, house.company.seq(server).await).await;
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
    let input = json!({ "workspaceId": matrix.house.base.workspace, "name": "The End" });
    matrix.house.company.owner.does(matrix.server, "updateMember", "{ seq }", input).await;
    let mut seen = 0;
    for (role, watching) in watchers {
        for item in watching.await.unwrap() {
            matrix.check(role, &item.to_string(), "an event");
            seen += 1;
        }
    }
    seen
}

#[test]
fn a_planted_leak_is_found() {
    let secrets = [("ada@example.com".to_owned(), vec![Role::Owner])];
    let answer =
        json!({ "data": { "channel": null }, "errors": [{ "message": "No CPrivate-name here." }] }).to_string();
    assert_eq!(leak(Role::Outside, &answer, &secrets).as_deref(), Some("cprivate"));
    assert_eq!(leak(Role::Admin, &answer, &secrets).as_deref(), Some("cprivate"));
    assert_eq!(leak(Role::Owner, &answer, &secrets), None);
    let answer = json!({ "data": { "account": { "email": "ada@example.com" } } }).to_string();
    assert_eq!(leak(Role::Member, &answer, &secrets).as_deref(), Some("ada@example.com"));
    assert_eq!(leak(Role::Stranger, "{\"name\":\"chouse\"}", &secrets).as_deref(), Some("chouse"));
    assert_eq!(leak(Role::Nobody, "{}", &secrets), None);
}

#[test]
fn a_field_without_a_row_is_found() {
    let fields = BTreeSet::from(["Query.boot".to_owned(), "Query.everything".to_owned()]);
    assert_eq!(without_row(&fields, &queries()), ["Query.everything"]);
    assert_eq!(letter(&json!({ "data": { "node": null } }), "/node"), 'Z');
    assert_eq!(letter(&json!({ "data": null, "errors": [{ "extensions": { "code": "NOT_FOUND" } }] }), "/node"), 'N');
    let one = without_ids(&json!({ "a": "wks_01890000-0000-7000-8000-000000000001 x" }));
    assert_eq!(one, without_ids(&json!({ "a": "wks_01890000-0000-7000-8000-000000000002 x" })));
}

/// A message that is sent again by somebody who was removed since shows nothing of what came after.
#[tokio::test]
async fn sent_again_after_a_removal_nothing_is_told() {
    let store = Store::sqlite();
    let server = server_on(&store).await;
    let house = House::build(&server).await;
    let (member, owner) = (&house.people[&Role::Member], &house.company.owner);
    let private = house.company.private(&server, "secret", &[member]).await;
    let id = "msg_01890000-0000-7000-8000-0000000000aa";
    let input = json!({ "workspaceId": house.base.workspace, "id": id, "channelId": private, "text": "mine" });
    member.does(&server, "sendMessage", "{ seq }", input.clone()).await;
    let removal = json!({ "workspaceId": house.base.workspace, "channelId": private, "memberId": member.member });
    owner.does(&server, "removeFromChannel", "{ seq }", removal).await;
    let reaction = json!({ "workspaceId": house.base.workspace, "messageId": id, "emoji": "🎉" });
    owner.does(&server, "addReaction", "{ seq }", reaction).await;
    let asked = mutation("sendMessage", "{ message { id reactions { emoji } } }");
    let again = member.ask(&server, &asked, json!({ "input": input })).await;
    assert_eq!(code(&again).as_deref(), Some("NOT_FOUND"), "{again}");
}

/// What happens behind a wall moves no list and no count before it.
#[tokio::test]
async fn hidden_things_move_no_counts() {
    let store = Store::sqlite();
    let server = server_on(&store).await;
    let house = House::build(&server).await;
    let looks = [
        format!("query($w: ID!) {{ workspace(id: $w) {} }}", crate::law_9_documents::workspace()),
        format!("query($w: ID!) {{ boot(workspaceId: $w) {} }}", crate::law_9_documents::boot()),
    ];
    let sides = [Role::Outside, Role::Admin];
    let seen = async |house: &House| {
        let mut answers = Vec::new();
        for (role, look) in sides.iter().flat_map(|role| looks.iter().map(move |look| (role, look))) {
            let answer = house.people[role].ask(&server, look, json!({ "w": house.base.workspace })).await;
            assert!(code(&answer).is_none(), "{answer}");
            answers.push(answer);
        }
        answers
    };
    let before = seen(&house).await;
    // Private channels with messages, mentions of those outside, replies, reactions and direct words.
    let owner = house.company.owner.clone();
    let private = house.company.private(&server, "cprivate more", &[&house.people[&Role::Member]]).await;
    for role in sides {
        let words = format!("cprivate <@{}> <!channel>", house.people[&role].member);
        let (root, _) = owner.sends(&server, &house.company, &private, &words).await;
        let input =
            json!({ "workspaceId": house.base.workspace, "channelId": private, "threadId": root, "text": words });
        owner.does(&server, "sendMessage", "{ seq }", input).await;
        let input = json!({ "workspaceId": house.base.workspace, "messageId": root, "emoji": "🎉" });
        owner.does(&server, "addReaction", "{ seq }", input).await;
    }
    let direct = house.base.direct.clone();
    owner.sends(&server, &house.company, &direct, "cprivate words").await;
    assert_eq!(seen(&house).await, before);
}

/// A command that is refused has done nothing.
#[tokio::test]
async fn a_direct_channel_of_ten_is_not_made() {
    let store = Store::sqlite();
    let server = server_on(&store).await;
    let house = House::build(&server).await;
    let before = house.company.seq(&server).await;
    let mut members = Vec::new();
    for n in 0..9 {
        members.push(house.company.hires(&server, &format!("Guest {n}"), "MEMBER").await.member);
    }
    let settled = house.company.seq(&server).await;
    assert!(settled > before);
    let input = json!({ "workspaceId": house.base.workspace, "memberIds": members });
    let answer = house.company.owner.tries(&server, "openDirect", "{ seq }", input).await;
    assert_eq!(answer, Err("BAD_USER_INPUT".into()));
    assert_eq!(house.company.seq(&server).await, settled);
    let input = json!({ "workspaceId": house.base.workspace, "memberIds": members[1..] });
    house.company.owner.does(&server, "openDirect", "{ seq }", input).await;
}
