//! The permission matrix of invariant 9, written by hand: the expected outcome of every field for every role.

use serde_json::{Value, json};

use crate::invariants::permission_fixture::{Ids, Role};
use crate::invariants::permission_selections as selections;
use crate::support::ids::with_workspace;
use crate::support::workspace::{code, mutation};

use Outcome::{Allowed, BadUserInput, Conflict, Empty, Forbidden, NotFound, Unauthenticated};

/// What a field returns to one role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Data.
    Allowed,
    /// No error, but null or an empty list.
    Empty,
    Unauthenticated,
    NotFound,
    Forbidden,
    Conflict,
    BadUserInput,
    /// Any other error, which no row expects.
    Unexpected,
}

impl Outcome {
    /// The outcome of a response whose data is at the JSON pointer `path` below `data`.
    pub fn of(response: &Value, path: &str) -> Self {
        match code(response) {
            Some(code) => Self::of_code(&code),
            None => match response["data"].pointer(path) {
                None | Some(Value::Null) => Self::Empty,
                Some(Value::Array(items)) if items.is_empty() => Self::Empty,
                Some(_) => Self::Allowed,
            },
        }
    }

    pub fn of_code(code: &str) -> Self {
        match code {
            "UNAUTHENTICATED" => Self::Unauthenticated,
            "NOT_FOUND" => Self::NotFound,
            "FORBIDDEN" => Self::Forbidden,
            "CONFLICT" => Self::Conflict,
            "BAD_USER_INPUT" => Self::BadUserInput,
            _ => Self::Unexpected,
        }
    }
}

/// The expected outcome for every role.
#[derive(Debug, Clone, Copy)]
pub struct Expected {
    anonymous: Outcome,
    member: Outcome,
    other_member: Outcome,
    stranger: Outcome,
    removed: Outcome,
    admin: Outcome,
    owner: Outcome,
}

impl Expected {
    pub fn for_role(&self, role: Role) -> Outcome {
        match role {
            Role::Anonymous => self.anonymous,
            Role::Member => self.member,
            Role::OtherMember => self.other_member,
            Role::Stranger => self.stranger,
            Role::Removed => self.removed,
            Role::Admin => self.admin,
            Role::Owner => self.owner,
        }
    }
}

/// Declares constants of [`Expected`], one a line, with the roles as columns in the order of its fields.
macro_rules! expected {
    ($($(#[$doc:meta])* $name:ident: $anonymous:ident $member:ident $other_member:ident $stranger:ident $removed:ident
       $admin:ident $owner:ident)*) => {
        $($(#[$doc])* pub const $name: Expected = Expected {
            anonymous: $anonymous,
            member: $member,
            other_member: $other_member,
            stranger: $stranger,
            removed: $removed,
            admin: $admin,
            owner: $owner,
        };)*
    };
}

// member: in the private channel. other_member and admin: in the workspace, not in the private channel. stranger: a
// member of another workspace only. removed: a former member. owner: in the private channel.
expected! {
//                              anonymous       member       other_member stranger     removed      admin        owner
    EVERYONE:                   Allowed         Allowed      Allowed      Allowed      Allowed      Allowed      Allowed
    SIGNED_IN:                  Unauthenticated Allowed      Allowed      Allowed      Allowed      Allowed      Allowed
    NULL_FOR_ANONYMOUS:         Empty           Allowed      Allowed      Allowed      Allowed      Allowed      Allowed
    MEMBERS:                    Unauthenticated Allowed      Allowed      NotFound     NotFound     Allowed      Allowed
    CHANNEL_MEMBERS:            Unauthenticated Allowed      NotFound     NotFound     NotFound     NotFound     Allowed
    /// Lists and lookups that leave out what the caller may not see.
    FILTERED_TO_CHANNEL:        Unauthenticated Allowed      Empty        NotFound     NotFound     Empty        Allowed
    FILTERED_TO_MEMBER:         Unauthenticated Allowed      Empty        NotFound     NotFound     Empty        Empty
    EMPTY_FOR_MEMBERS:          Unauthenticated Empty        Empty        NotFound     NotFound     Empty        Empty
    /// A public channel that only the owner has joined.
    JOINED_ONLY:                Unauthenticated Forbidden    Forbidden    NotFound     NotFound     Forbidden    Allowed
    OWNERS:                     Unauthenticated Forbidden    Forbidden    NotFound     NotFound     Forbidden    Allowed
    ADMINS:                     Unauthenticated Forbidden    Forbidden    NotFound     NotFound     Allowed      Allowed
    UPLOADER:                   Unauthenticated Allowed      NotFound     NotFound     NotFound     NotFound     NotFound
    OWNERS_OWN:                 Unauthenticated NotFound     NotFound     NotFound     NotFound     NotFound     Allowed
    AUTHOR_IN_PUBLIC:           Unauthenticated Allowed      Forbidden    NotFound     NotFound     Forbidden    Forbidden
    AUTHOR_IN_PRIVATE:          Unauthenticated Allowed      NotFound     NotFound     NotFound     NotFound     Forbidden
    AUTHOR_AND_ADMINS:          Unauthenticated Allowed      Forbidden    NotFound     NotFound     Allowed      Allowed
    ADMINS_IN_CHANNEL:          Unauthenticated Forbidden    NotFound     NotFound     NotFound     NotFound     Allowed
    NOBODY_IN_CHANNEL:          Unauthenticated Forbidden    NotFound     NotFound     NotFound     NotFound     Forbidden
    REMOVING_ONESELF:           Unauthenticated Forbidden    NotFound     NotFound     NotFound     NotFound     BadUserInput
    NOT_THE_LAST_OWNER:         Unauthenticated Allowed      Allowed      NotFound     NotFound     Allowed      Conflict
    /// Lookups of any object by ID, which return null for what the caller may not see.
    NODE_OF_MEMBERS:            Unauthenticated Allowed      Allowed      Empty        Empty        Allowed      Allowed
    NODE_IN_CHANNEL:            Unauthenticated Allowed      Empty        Empty        Empty        Empty        Allowed
    NODE_OF_ADMINS:             Unauthenticated Empty        Empty        Empty        Empty        Allowed      Allowed
    NODE_OF_THE_MEMBER:         Unauthenticated Allowed      Empty        Empty        Empty        Empty        Empty
    NODE_OF_THE_OWNER:          Unauthenticated Empty        Empty        Empty        Empty        Empty        Allowed
    NODE_OF_NOBODY:             Unauthenticated Empty        Empty        Empty        Empty        Empty        Empty
    NODE_OF_THE_STRANGER:       Unauthenticated Empty        Empty        Allowed      Empty        Empty        Empty
    /// An object of the stranger's workspace.
    LAST_OWNER_ELSEWHERE:       Unauthenticated NotFound     NotFound     Conflict     NotFound     NotFound     NotFound
    STRANGERS:                  Unauthenticated NotFound     NotFound     Allowed      NotFound     NotFound     NotFound
    FORBIDDEN_FOR_MEMBERS:      Unauthenticated Forbidden    Forbidden    NotFound     NotFound     Forbidden    Forbidden
    CONFLICT_FOR_ADMINS:        Unauthenticated Forbidden    Forbidden    NotFound     NotFound     Conflict     Conflict
    MISSING:                    Unauthenticated NotFound     NotFound     NotFound     NotFound     NotFound     NotFound
    MISSING_FOR_EVERYONE:       NotFound        NotFound     NotFound     NotFound     NotFound     NotFound     NotFound
    FORBIDDEN_FOR_EVERYONE:     Forbidden       Forbidden    Forbidden    Forbidden    Forbidden    Forbidden    Forbidden
    CONFLICT_FOR_MEMBERS:       Unauthenticated Conflict     Conflict     NotFound     NotFound     Conflict     Conflict
    CONFLICT_FOR_SIGNED_IN:     Unauthenticated Conflict     Conflict     Conflict     Conflict     Conflict     Conflict
    INVALID_FOR_SIGNED_IN:      Unauthenticated BadUserInput BadUserInput BadUserInput BadUserInput BadUserInput BadUserInput
    INVALID_FOR_EVERYONE:       BadUserInput    BadUserInput BadUserInput BadUserInput BadUserInput BadUserInput BadUserInput
}

/// One field in one situation.
pub struct Row {
    /// `Type.field`.
    pub field: &'static str,
    pub case: &'static str,
    pub document: String,
    pub variables: fn(&Ids) -> Value,
    /// JSON pointer to the result below `data`.
    pub path: String,
    pub expected: Expected,
}

impl Row {
    pub fn is_mutation(&self) -> bool {
        self.field.starts_with("Mutation.")
    }

    /// The variables of the document for these ids.
    pub fn variables_for(&self, ids: &Ids) -> Value {
        let variables = (self.variables)(ids);
        if self.is_mutation() { json!({ "input": variables }) } else { variables }
    }
}

/// Rows of queries: field, case, expected outcomes, document, path of the result, and the variables beside the
/// workspace `w`. `bare` omits `w`.
macro_rules! query_rows {
    (@variables $ids:ident { $($more:tt)* }) => { json!({ "w": $ids.workspace, $($more)* }) };
    (@variables $ids:ident bare { $($more:tt)* }) => {{ let _ = $ids; json!({ $($more)* }) }};
    ($ids:ident: $(
        $field:literal $case:literal $expected:ident $document:ident $path:tt $($bare:ident)? { $($more:tt)* }
    )*) => {
        vec![$(Row {
            field: $field,
            case: $case,
            document: $document.to_owned(),
            variables: |$ids| query_rows!(@variables $ids $($bare)? { $($more)* }),
            path: $path.to_owned(),
            expected: $expected,
        }),*]
    };
}

/// Rows of mutations: field, case, expected outcomes, payload, and the input beside `workspaceId`, which is added unless
/// another ID names the workspace. `bare` always omits it.
macro_rules! mutation_rows {
    (@variables $ids:ident { $($more:tt)* }) => { with_workspace(json!({ $($more)* }), &$ids.workspace) };
    (@variables $ids:ident bare { $($more:tt)* }) => {{ let _ = $ids; json!({ $($more)* }) }};
    ($ids:ident: $(
        $field:literal $case:literal $expected:ident $payload:ident $($bare:ident)? { $($more:tt)* }
    )*) => {
        vec![$(Row {
            field: $field,
            case: $case,
            document: mutation(&$field["Mutation.".len()..], &$payload),
            variables: |$ids| mutation_rows!(@variables $ids $($bare)? { $($more)* }),
            path: format!("/{}", &$field["Mutation.".len()..]),
            expected: $expected,
        }),*]
    };
}

/// A search with every field of its result.
const SEARCH: &str = "query($w: ID!, $q: String!, $f: SearchFilter) {
  search(workspaceId: $w, query: $q, filter: $f) {
    edges { cursor node { __typename ... on Message { id text } ... on Channel { id name } ... on Member { id name } ... on File { id name } }
      highlights { start length } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    total { count exact }
    facets { channels { channel { id name } count } authors { author { id name } count } months { month count } }
    unresolved complete } }";
const SWITCHER: &str = "query($w: ID!, $t: String!) {
  switcher(workspaceId: $w, text: $t) { __typename ... on Channel { id name } ... on Member { id name } } }";

const PREVIEW: &str =
    "query($t: String!) { invitePreview(token: $t) { workspaceName workspaceId memberCount invitedBy alreadyMember } }";

/// Queries.
pub fn queries() -> Vec<Row> {
    let boot = format!("query($w: ID!) {{ boot(workspaceId: $w) {} }}", selections::boot().replacen('{', "{ seq", 1));
    let workspace = format!("query($w: ID!) {{ workspace(id: $w) {} }}", selections::workspace());
    let by_id = |field: &str, selection: String| format!("query($i: ID!) {{ {field}(id: $i) {selection} }}");
    let channel = by_id("channel", selections::channel());
    let message = by_id("message", selections::message());
    let member = by_id("member", selections::member());
    let node = by_id("node", selections::node());
    let nodes = format!("query($i: [ID!]!) {{ nodes(ids: $i) {} }}", selections::node());
    let members =
        format!("query($w: ID!, $i: [ID!]!) {{ members(workspaceId: $w, ids: $i) {} }}", selections::member());
    let viewer = format!("{{ viewer {} }}", selections::viewer());
    let server = format!("{{ server {} }}", selections::SERVER);
    query_rows! { ids:
        "Query.boot" "" MEMBERS boot "/boot" {}
        "Query.workspace" "" MEMBERS workspace "/workspace" {}
        "Query.workspace" "a channel's id" INVALID_FOR_EVERYONE workspace "/workspace" bare { "w": ids.private }
        "Query.channel" "public" MEMBERS channel "/channel" bare { "i": ids.general }
        "Query.channel" "private" CHANNEL_MEMBERS channel "/channel" bare { "i": ids.private }
        "Query.channel" "direct" CHANNEL_MEMBERS channel "/channel" bare { "i": ids.direct }
        "Query.channel" "of another workspace" STRANGERS channel "/channel" bare { "i": ids.foreign_channel }
        "Query.message" "public" MEMBERS message "/message" bare { "i": ids.public_message }
        "Query.message" "private" CHANNEL_MEMBERS message "/message" bare { "i": ids.private_message }
        "Query.message" "private reply" CHANNEL_MEMBERS message "/message" bare { "i": ids.private_reply }
        "Query.message" "direct" CHANNEL_MEMBERS message "/message" bare { "i": ids.direct_message }
        "Query.message" "of another workspace" STRANGERS message "/message" bare { "i": ids.foreign_message }
        "Query.member" "" MEMBERS member "/member" bare { "i": ids.owner }
        "Query.member" "of another workspace" STRANGERS member "/member" bare { "i": ids.foreign_member }
        "Query.members" "" MEMBERS members "/members" { "i": [ids.owner, ids.foreign_member] }
        "Query.members" "of another workspace" EMPTY_FOR_MEMBERS members "/members" { "i": [ids.foreign_member] }
        "Query.node" "public channel" NODE_OF_MEMBERS node "/node" bare { "i": ids.general }
        "Query.node" "private channel" NODE_IN_CHANNEL node "/node" bare { "i": ids.private }
        "Query.node" "private message" NODE_IN_CHANNEL node "/node" bare { "i": ids.private_message }
        "Query.node" "private thread" NODE_IN_CHANNEL node "/node" bare { "i": ids.private_thread }
        "Query.node" "private file" NODE_IN_CHANNEL node "/node" bare { "i": ids.file }
        "Query.node" "direct channel" NODE_IN_CHANNEL node "/node" bare { "i": ids.direct }
        "Query.node" "member" NODE_OF_MEMBERS node "/node" bare { "i": ids.owner }
        "Query.node" "emoji" NODE_OF_MEMBERS node "/node" bare { "i": ids.emoji }
        "Query.node" "workspace" NODE_OF_MEMBERS node "/node" bare { "i": ids.workspace }
        "Query.node" "invite" NODE_OF_ADMINS node "/node" bare { "i": ids.invite }
        "Query.node" "upload" NODE_OF_THE_MEMBER node "/node" bare { "i": ids.upload }
        "Query.node" "notification" NODE_OF_THE_MEMBER node "/node" bare { "i": ids.notification }
        "Query.node" "account" NODE_OF_THE_MEMBER node "/node" bare { "i": ids.account }
        "Query.node" "saved search" NODE_OF_THE_OWNER node "/node" bare { "i": ids.saved_search }
        "Query.node" "session of another account" NODE_OF_NOBODY node "/node" bare { "i": ids.foreign_session }
        "Query.node" "another workspace" NODE_OF_THE_STRANGER node "/node" bare { "i": ids.foreign_workspace }
        "Query.node" "channel of another workspace" NODE_OF_THE_STRANGER node "/node" bare { "i": ids.foreign_channel }
        "Query.node" "command" INVALID_FOR_SIGNED_IN node "/node" bare { "i": "cmd_01h455vb4pex5vsknk084sn02q" }
        "Query.nodes" "private message" NODE_IN_CHANNEL nodes "/nodes/1" bare
            { "i": [ids.foreign_member, ids.private_message] }
        "Query.nodes" "of another workspace" NODE_OF_THE_STRANGER nodes "/nodes/0" bare
            { "i": [ids.foreign_message, ids.private] }
        "Query.search" "public" MEMBERS SEARCH "/search/edges" { "q": "\"chouse words\"" }
        "Query.search" "private" FILTERED_TO_CHANNEL SEARCH "/search/edges" { "q": "\"cprivate root\"" }
        "Query.search" "direct" FILTERED_TO_CHANNEL SEARCH "/search/edges" { "q": "\"cprivate direct\"" }
        "Query.search" "of another workspace" EMPTY_FOR_MEMBERS SEARCH "/search/edges" { "q": "\"cforeign words\"" }
        "Query.search" "members by name" MEMBERS SEARCH "/search/edges" { "q": "third" }
        "Query.search" "a private channel by name" FILTERED_TO_CHANNEL SEARCH "/search/edges" { "q": "cprivate-name" }
        "Query.search" "everything" MEMBERS SEARCH "/search/edges" { "q": "before:9000" }
        "Query.search" "in a private channel" CHANNEL_MEMBERS SEARCH "/search/edges" { "q": "", "f": { "in": [ids.private] } }
        "Query.search" "in a channel of another workspace" MISSING SEARCH "/search/edges"
            { "q": "", "f": { "in": [ids.foreign_channel] } }
        "Query.search" "by a member of another workspace" MISSING SEARCH "/search/edges"
            { "q": "", "f": { "from": [ids.foreign_member] } }
        "Query.switcher" "public" MEMBERS SWITCHER "/switcher" { "t": "gener" }
        "Query.switcher" "private" FILTERED_TO_CHANNEL SWITCHER "/switcher" { "t": "cprivate" }
        "Query.switcher" "of another workspace" EMPTY_FOR_MEMBERS SWITCHER "/switcher" { "t": "cforeign" }
        "Query.search" "a private file" FILTERED_TO_CHANNEL SEARCH "/search/edges" { "q": "cprivate-picture" }
        "Query.viewer" "" NULL_FOR_ANONYMOUS viewer "/viewer" bare {}
        "Query.server" "" EVERYONE server "/server" bare {}
        "Query.invitePreview" "valid" EVERYONE PREVIEW "/invitePreview" bare { "t": ids.valid_invite }
        "Query.invitePreview" "revoked" MISSING_FOR_EVERYONE PREVIEW "/invitePreview" bare { "t": ids.revoked_invite }
    }
}

/// Queries for files.
pub fn file_queries() -> Vec<Row> {
    let by_id = |field: &str, selection: String| format!("query($i: ID!) {{ {field}(id: $i) {selection} }}");
    let file = by_id("file", selections::file());
    let upload = by_id("upload", selections::UPLOAD.to_owned());
    query_rows! { ids:
        "Query.file" "private" CHANNEL_MEMBERS file "/file" bare { "i": ids.file }
        "Query.file" "not sent yet" UPLOADER file "/file" bare { "i": ids.unsent_file }
        "Query.upload" "of the member" UPLOADER upload "/upload" bare { "i": ids.upload }
    }
}

/// Fields that take arguments, and lists that are filtered by permission.
pub fn nested_fields() -> Vec<Row> {
    let invites = format!("query($w: ID!) {{ workspace(id: $w) {{ invites {} }} }}", selections::invite());
    let search_in = |list: &str| {
        format!("query($w: ID!, $s: String) {{ workspace(id: $w) {{ {list}(search: $s) {{ nodes {{ id name }} }} }} }}")
    };
    let (members, channels) = (search_in("members"), search_in("channels"));
    let messages_around = "query($i: ID!, $m: ID) {
      channel(id: $i) { messages(around: $m) { nodes { id text } } } }";
    let messages_around_seq = "query($i: ID!) {
      channel(id: $i) { messages(aroundSeq: 0) { nodes { id text } } } }";
    let channel_members = "query($i: ID!) {
      channel(id: $i) { members(last: 5) { nodes { id name } } } }";
    let replies = "query($i: ID!, $m: ID) {
      message(id: $i) { thread { replies(around: $m) { nodes { id text } } } } }";
    let channel_files =
        format!("query($i: ID!) {{ channel(id: $i) {{ files(kind: PICTURE) {} }} }}", selections::files());
    let notifications =
        "query($w: ID!) { workspace(id: $w) { notifications(last: 5) { nodes { id message { text } } } } }";
    let members_among = "query($i: ID!, $m: [ID!]!) {
                   channel(id: $i) { membersAmong(ids: $m) { id name } } }";
    let (channels_path, members_path) = ("/workspace/channels/nodes", "/workspace/members/nodes");
    query_rows! { ids:
        "Workspace.invites" "" ADMINS invites "/workspace/invites" {}
        "Workspace.members" "matching" MEMBERS members members_path { "s": "chouse" }
        "Workspace.members" "of another workspace" EMPTY_FOR_MEMBERS members members_path { "s": "cforeign" }
        "Workspace.channels" "public" MEMBERS channels channels_path { "s": "gener" }
        "Workspace.channels" "private" FILTERED_TO_CHANNEL channels channels_path { "s": "cprivate" }
        "Workspace.channels" "of another workspace" EMPTY_FOR_MEMBERS channels channels_path { "s": "cforeign" }
        "Workspace.notifications" "of a private channel" FILTERED_TO_MEMBER notifications "/workspace/notifications/nodes" {}
        "Channel.messages" "public" MEMBERS messages_around "/channel/messages/nodes" bare
            { "i": ids.general, "m": ids.public_message }
        "Channel.messages" "private" CHANNEL_MEMBERS messages_around "/channel/messages/nodes" bare { "i": ids.private, "m": ids.private_message }
        "Channel.messages" "around a message of another channel" MISSING messages_around "/channel" bare { "i": ids.general, "m": ids.private_message }
        "Channel.messages" "around a position, private" CHANNEL_MEMBERS messages_around_seq "/channel/messages/nodes" bare { "i": ids.private }
        "Channel.members" "public" MEMBERS channel_members "/channel/members/nodes" bare { "i": ids.general }
        "Channel.members" "private" CHANNEL_MEMBERS channel_members "/channel/members/nodes" bare { "i": ids.private }
        "Channel.membersAmong" "public" MEMBERS members_among "/channel/membersAmong" bare { "i": ids.general, "m": [ids.channel_member] }
        "Channel.membersAmong" "private" CHANNEL_MEMBERS members_among "/channel/membersAmong" bare { "i": ids.private, "m": [ids.channel_member] }
        "Channel.files" "private" CHANNEL_MEMBERS channel_files "/channel/files/nodes" bare { "i": ids.private }
        "Thread.replies" "private" CHANNEL_MEMBERS replies "/message/thread/replies/nodes" bare { "i": ids.private_message, "m": ids.private_reply }
        "Thread.replies" "around a message of another thread" MISSING replies "/message/thread" bare
            { "i": ids.private_message, "m": ids.direct_message }
    }
}

/// Mutations of channels and messages.
pub fn conversation_mutations() -> Vec<Row> {
    let channel = format!("{{ seq channel {} }}", selections::channel());
    let message = format!("{{ seq message {} }}", selections::message());
    let sent_message = format!("{{ status seq message {} }}", selections::message());
    let read_state = selections::read_state();
    let (channel_id, unread_count) = ("{ seq channelId }", "{ privateRev countedSeq unreadNotifications }");
    mutation_rows! { ids:
        "Mutation.sendMessage" "private" CHANNEL_MEMBERS sent_message { "channelId": ids.private, "text": "cprivate words" }
        "Mutation.sendMessage" "direct" CHANNEL_MEMBERS sent_message { "channelId": ids.direct, "text": "cprivate words" }
        "Mutation.sendMessage" "public" MEMBERS sent_message { "channelId": ids.general, "text": "chouse words" }
        "Mutation.sendMessage" "not joined" JOINED_ONLY sent_message { "channelId": ids.unjoined_channel, "text": "words" }
        "Mutation.sendMessage" "in a private thread of another channel" MISSING message
            { "channelId": ids.general, "threadId": ids.private_message, "text": "words" }
        // Clients mint ids, which are unique within a workspace: an id in use cannot be taken again.
        "Mutation.sendMessage" "under the id of a private message" CONFLICT_FOR_MEMBERS message
            { "id": ids.private_message, "channelId": ids.general, "text": "words" }
        "Mutation.editMessage" "private" AUTHOR_IN_PRIVATE message { "messageId": ids.private_message, "text": "cprivate edited" }
        "Mutation.editMessage" "public" AUTHOR_IN_PUBLIC message { "messageId": ids.public_message, "text": "chouse edited" }
        "Mutation.deleteMessage" "private" CHANNEL_MEMBERS message { "messageId": ids.private_message }
        "Mutation.deleteMessage" "public" AUTHOR_AND_ADMINS message { "messageId": ids.public_message }
        "Mutation.addReaction" "private" CHANNEL_MEMBERS message { "messageId": ids.private_message, "emoji": "👍" }
        "Mutation.addReaction" "public" MEMBERS message { "messageId": ids.public_message, "emoji": "👍" }
        "Mutation.addReaction" "of another workspace" STRANGERS message { "messageId": ids.foreign_message, "emoji": "👍" }
        "Mutation.removeReaction" "private" CHANNEL_MEMBERS message { "messageId": ids.private_message, "emoji": "👍" }
        "Mutation.removeReaction" "public" MEMBERS message { "messageId": ids.public_message, "emoji": "👍" }
        "Mutation.markRead" "private" CHANNEL_MEMBERS read_state { "channelId": ids.private, "seq": 1, "epoch": 0 }
        "Mutation.markRead" "not joined" JOINED_ONLY read_state { "channelId": ids.unjoined_channel, "seq": 1, "epoch": 0 }
        "Mutation.markUnread" "private" CHANNEL_MEMBERS read_state { "messageId": ids.private_message }
        "Mutation.markUnread" "public" MEMBERS read_state { "messageId": ids.public_message }
        "Mutation.markNotificationsRead" "" MEMBERS unread_count { "seq": 0 }
        "Mutation.createChannel" "" MEMBERS channel { "name": format!("new {}", ids.unique) }
        "Mutation.createChannel" "public, with the name of a private channel" MEMBERS channel { "name": ids.private_name }
        "Mutation.createChannel" "with a public name in use" CONFLICT_FOR_MEMBERS channel { "name": "general" }
        "Mutation.createChannel" "under the id of a private channel" CONFLICT_FOR_MEMBERS channel
            { "id": ids.private, "name": format!("new {}", ids.unique) }
        "Mutation.createChannel" "with a member of another workspace" MISSING channel
            { "name": format!("new {}", ids.unique), "memberIds": [ids.foreign_member] }
        "Mutation.openDirect" "" MEMBERS channel { "memberIds": [ids.channel_member] }
        "Mutation.openDirect" "with a member of another workspace" MISSING channel { "memberIds": [ids.foreign_member] }
        "Mutation.joinChannel" "public" MEMBERS channel { "channelId": ids.unjoined_channel }
        "Mutation.joinChannel" "private" CHANNEL_MEMBERS channel { "channelId": ids.private }
        "Mutation.joinChannel" "direct" CHANNEL_MEMBERS channel { "channelId": ids.direct }
        "Mutation.leaveChannel" "private" CHANNEL_MEMBERS channel_id { "channelId": ids.private }
        "Mutation.leaveChannel" "direct" NOBODY_IN_CHANNEL channel_id { "channelId": ids.direct }
        "Mutation.addToChannel" "private" CHANNEL_MEMBERS channel { "channelId": ids.private, "memberIds": [ids.addable_member] }
        "Mutation.addToChannel" "not joined" JOINED_ONLY channel { "channelId": ids.unjoined_channel, "memberIds": [ids.addable_member] }
        "Mutation.addToChannel" "a member of another workspace" MISSING channel
            { "channelId": ids.private, "memberIds": [ids.foreign_member] }
        "Mutation.removeFromChannel" "private" ADMINS_IN_CHANNEL channel { "channelId": ids.private, "memberId": ids.channel_member }
        "Mutation.removeFromChannel" "not joined" JOINED_ONLY channel { "channelId": ids.unjoined_channel, "memberId": ids.channel_member }
        "Mutation.removeFromChannel" "oneself" REMOVING_ONESELF channel { "channelId": ids.private, "memberId": ids.owner }
    }
}

/// Mutations that change a channel.
pub fn channel_update_mutations() -> Vec<Row> {
    let channel = format!("{{ seq channel {} }}", selections::channel());
    mutation_rows! { ids:
        "Mutation.renameChannel" "private" ADMINS_IN_CHANNEL channel { "channelId": ids.private, "name": format!("cprivate-{}", ids.unique) }
        "Mutation.renameChannel" "public" ADMINS channel { "channelId": ids.unjoined_channel, "name": ids.unique }
        "Mutation.renameChannel" "direct" NOBODY_IN_CHANNEL channel { "channelId": ids.direct, "name": ids.unique }
        "Mutation.renameChannel" "to the name of a private channel" ADMINS channel { "channelId": ids.unjoined_channel, "name": ids.private_name }
        "Mutation.renameChannel" "to a public name in use" CONFLICT_FOR_ADMINS channel { "channelId": ids.unjoined_channel, "name": "general" }
        "Mutation.renameChannel" "of another workspace" STRANGERS channel { "channelId": ids.foreign_channel, "name": ids.unique }
        "Mutation.setChannelTopic" "private" CHANNEL_MEMBERS channel { "channelId": ids.private, "topic": "cprivate words" }
        "Mutation.setChannelTopic" "not joined" JOINED_ONLY channel { "channelId": ids.unjoined_channel, "topic": "words" }
        "Mutation.setChannelTopic" "direct" NOBODY_IN_CHANNEL channel { "channelId": ids.direct, "topic": "words" }
        "Mutation.archiveChannel" "private" ADMINS_IN_CHANNEL channel { "channelId": ids.private }
        "Mutation.archiveChannel" "public" ADMINS channel { "channelId": ids.unjoined_channel }
        "Mutation.archiveChannel" "direct" NOBODY_IN_CHANNEL channel { "channelId": ids.direct }
        "Mutation.archiveChannel" "the first one" FORBIDDEN_FOR_MEMBERS channel { "channelId": ids.general }
        "Mutation.unarchiveChannel" "private" ADMINS_IN_CHANNEL channel { "channelId": ids.private }
        "Mutation.unarchiveChannel" "public" ADMINS channel { "channelId": ids.unjoined_channel }
        "Mutation.unarchiveChannel" "direct" NOBODY_IN_CHANNEL channel { "channelId": ids.direct }
    }
}

/// Mutations of files and emoji.
pub fn file_mutations() -> Vec<Row> {
    let upload = format!("{{ upload {} }}", selections::UPLOAD);
    let completed_file = format!("{{ status seq file {} }}", selections::file());
    let file = format!("{{ seq file {} }}", selections::file());
    let emoji = format!("{{ seq emoji {} }}", selections::emoji());
    let workspace = format!("{{ seq workspace {} }}", selections::workspace());
    let sent_message = format!("{{ status seq message {} }}", selections::message());
    let (upload_id, deleted_emoji) = ("{ uploadId }", "{ seq emojiId }");
    mutation_rows! { ids:
        "Mutation.createUpload" "" MEMBERS upload { "name": "a", "size": 1 }
        "Mutation.createUpload" "under the id of another file" CONFLICT_FOR_MEMBERS upload { "id": ids.file.replace("fil_", "upl_"), "name": "a", "size": 1 }
        "Mutation.completeUpload" "of the member" UPLOADER completed_file { "uploadId": ids.upload }
        "Mutation.cancelUpload" "of the member" UPLOADER upload_id { "uploadId": ids.upload }
        "Mutation.updateFile" "private" AUTHOR_IN_PRIVATE file { "fileId": ids.file, "alt": "cprivate alt" }
        "Mutation.updateFile" "not sent yet" UPLOADER file { "fileId": ids.unsent_file, "alt": "cprivate alt" }
        "Mutation.deleteFile" "private" CHANNEL_MEMBERS file { "fileId": ids.file }
        "Mutation.deleteFile" "not sent yet" UPLOADER file { "fileId": ids.unsent_file }
        "Mutation.sendMessage" "with a file of the member" UPLOADER sent_message
            { "channelId": ids.private, "text": "", "attachmentIds": [ids.unsent_file] }
        "Mutation.createEmoji" "of a picture of the member" UPLOADER emoji
            { "name": format!("e-{}", ids.unique), "fileId": ids.unsent_file }
        "Mutation.deleteEmoji" "of the member" AUTHOR_AND_ADMINS deleted_emoji { "emojiId": ids.emoji }
        "Mutation.updateWorkspace" "" ADMINS workspace { "name": format!("chouse {}", ids.unique) }
    }
}

/// Mutations of members, workspaces and accounts.
pub fn account_mutations() -> Vec<Row> {
    let member = format!("{{ seq member {} }}", selections::member());
    let invite = format!("{{ url invite {} }}", selections::invite());
    let session = format!("{{ token account {} session {} }}", selections::ACCOUNT, selections::SIGN_IN);
    let (workspace, removed_member) = ("{ workspace { id name seq } }", "{ seq memberId }");
    let (saved_search, saved_search_id) = ("{ savedSearch { id name query createdAt } }", "{ savedSearchId }");
    let account = format!("{{ account {} }}", selections::ACCOUNT);
    let (invite_id, session_id, activity) = ("{ inviteId }", "{ sessionId }", "{ activity }");
    mutation_rows! { ids:
        "Mutation.updateMember" "" MEMBERS member { "handle": ids.unique }
        "Mutation.setActivity" "" MEMBERS activity { "activity": "IDLE" }
        "Mutation.setMemberRole" "" OWNERS member { "memberId": ids.channel_member, "role": "ADMIN" }
        "Mutation.setMemberRole" "of another workspace" LAST_OWNER_ELSEWHERE member
            { "memberId": ids.foreign_member, "role": "ADMIN" }
        "Mutation.removeMember" "" ADMINS removed_member { "memberId": ids.removable_member }
        "Mutation.removeMember" "of another workspace" LAST_OWNER_ELSEWHERE removed_member { "memberId": ids.foreign_member }
        "Mutation.createInvite" "" ADMINS invite {}
        "Mutation.revokeInvite" "" ADMINS invite_id { "inviteId": ids.invite }
        "Mutation.revokeInvite" "of another workspace" STRANGERS invite_id { "inviteId": ids.foreign_invite }
        "Mutation.createSavedSearch" "" MEMBERS saved_search { "name": ids.unique, "query": "words" }
        "Mutation.deleteSavedSearch" "of the owner" OWNERS_OWN saved_search_id { "savedSearchId": ids.saved_search }
        "Mutation.acceptInvite" "valid" SIGNED_IN workspace bare { "token": ids.valid_invite }
        "Mutation.acceptInvite" "revoked" MISSING workspace bare { "token": ids.revoked_invite }
        "Mutation.createWorkspace" "" SIGNED_IN workspace bare { "name": ids.unique }
        "Mutation.createWorkspace" "under an id in use" CONFLICT_FOR_SIGNED_IN workspace
            bare { "id": ids.foreign_workspace, "name": ids.unique }
        "Mutation.register" "closed" FORBIDDEN_FOR_EVERYONE session
            bare { "email": format!("{}@example.com", ids.unique), "name": "New", "password": "correct horse" }
        "Mutation.register" "a registered email, closed" FORBIDDEN_FOR_EVERYONE session
            bare { "email": ids.registered_email, "name": "New", "password": "correct horse" }
        "Mutation.register" "invited" EVERYONE session
            bare { "email": format!("{}@example.com", ids.unique), "name": "New", "password": "correct horse",
                   "inviteToken": ids.valid_invite }
        "Mutation.signIn" "" EVERYONE session bare { "email": ids.registered_email, "password": "correct horse" }
        "Mutation.signIn" "wrong password" INVALID_FOR_EVERYONE session bare { "email": ids.registered_email, "password": "wrong horse" }
        "Mutation.changePassword" "" SIGNED_IN account
            bare { "currentPassword": "correct horse", "newPassword": "correct horse" }
        "Mutation.changePassword" "wrong password" INVALID_FOR_SIGNED_IN account
            bare { "currentPassword": "wrong horse", "newPassword": "correct horse" }
        "Mutation.changeEmail" "to a registered email" CONFLICT_FOR_SIGNED_IN account
            bare { "currentPassword": "correct horse", "email": ids.registered_email }
        "Mutation.changeEmail" "wrong password" INVALID_FOR_SIGNED_IN account
            bare { "currentPassword": "wrong horse", "email": format!("{}@example.com", ids.unique) }
        "Mutation.revokeSession" "own" SIGNED_IN session_id bare { "sessionId": ids.session }
        "Mutation.revokeSession" "of another account" MISSING session_id bare { "sessionId": ids.foreign_session }
        "Mutation.signOut" "" SIGNED_IN session_id bare {}
    }
}

/// Mutations that end the connections of their caller or change the caller's identity, and so run last.
pub fn final_mutations() -> Vec<Row> {
    let left_workspace = "{ seq workspaceId }";
    let account = format!("{{ account {} }}", selections::ACCOUNT);
    mutation_rows! { ids:
        "Mutation.changeEmail" "" SIGNED_IN account
            bare { "currentPassword": "correct horse", "email": format!("{}@example.com", ids.unique) }
        "Mutation.leaveWorkspace" "" NOT_THE_LAST_OWNER left_workspace {}
    }
}
