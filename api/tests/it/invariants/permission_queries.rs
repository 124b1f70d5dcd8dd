//! The rows of the permission matrix for queries and fields.

use serde_json::json;

use crate::invariants::permission_matrix::*;
use crate::invariants::permission_selections as selections;

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
        "Query.viewer" "" NULL_FOR_ANONYMOUS viewer "/viewer" bare {}
        "Query.server" "" EVERYONE server "/server" bare {}
        "Query.invitePreview" "valid" EVERYONE PREVIEW "/invitePreview" bare { "t": ids.valid_invite }
        "Query.invitePreview" "revoked" MISSING_FOR_EVERYONE PREVIEW "/invitePreview" bare { "t": ids.revoked_invite }
    }
}

/// Lookups by ID alone.
pub fn node_queries() -> Vec<Row> {
    let node = format!("query($i: ID!) {{ node(id: $i) {} }}", selections::node());
    // Everything of two nodes exceeds the complexity limit.
    let nodes =
        "query($i: [ID!]!) { nodes(ids: $i) { __typename id ... on Message { text } ... on Channel { name } } }";
    query_rows! { ids:
        "Query.node" "public channel" NODE_OF_MEMBERS node "/node" bare { "i": ids.general }
        "Query.node" "private channel" NODE_IN_CHANNEL node "/node" bare { "i": ids.private }
        "Query.node" "private read state" NODE_IN_CHANNEL node "/node" bare { "i": ids.private.replace("chn_", "rst_") }
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
            { "i": [ids.owner, ids.private_message] }
        "Query.nodes" "of another workspace" NODE_OF_THE_STRANGER nodes "/nodes/0" bare
            { "i": [ids.foreign_message, ids.private] }
    }
}

/// Searches.
pub fn search_queries() -> Vec<Row> {
    query_rows! { ids:
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
