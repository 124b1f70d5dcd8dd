//! The table of law 9: who gets what answer from every field, written by hand.
//!
//! Columns: nobody (not signed in), a member (in the private channel), a member outside of it, a member
//! of another workspace, a removed member, an admin outside of the private channel, the owner (in it).
//! A: answered. Z: answered with nothing. U, N, F, C, B: the codes UNAUTHENTICATED, NOT_FOUND, FORBIDDEN,
//! CONFLICT, BAD_USER_INPUT.

use serde_json::{Value, json};

use crate::law_9_documents as documents;
use crate::law_9_ground::Ground;
use crate::people::mutation;

/// One field in one situation.
pub struct Row {
    /// `Type.field`.
    pub field: &'static str,
    pub case: &'static str,
    pub document: String,
    pub variables: fn(&Ground) -> Value,
    /// Where the answer is in `data`.
    pub at: String,
    /// One letter for each role.
    pub expected: &'static str,
}

impl Row {
    pub fn is_mutation(&self) -> bool {
        self.field.starts_with("Mutation.")
    }

    /// The variables of the document on this ground.
    pub fn variables_on(&self, ground: &Ground) -> Value {
        let variables = (self.variables)(ground);
        if self.is_mutation() { json!({ "input": variables }) } else { variables }
    }
}

/// Rows of queries: field, case, answers, document, where the answer is, and variables beside the
/// workspace `w` (`bare`: without it).
macro_rules! asking {
    (@of $g:ident { $($more:tt)* }) => { json!({ "w": $g.workspace, $($more)* }) };
    (@of $g:ident bare { $($more:tt)* }) => {{ let _ = $g; json!({ $($more)* }) }};
    ($g:ident: $(
        $field:literal $case:literal $expected:tt $document:ident $at:tt $($bare:ident)? { $($more:tt)* }
    )*) => {
        vec![$(Row {
            field: $field,
            case: $case,
            document: $document.to_owned(),
            variables: |$g| asking!(@of $g $($bare)? { $($more)* }),
            at: $at.to_owned(),
            expected: $expected,
        }),*]
    };
}

/// Rows of mutations: field, case, answers, payload, and input beside `workspaceId` (`bare`: without it).
macro_rules! changing {
    (@of $g:ident { $($more:tt)* }) => { json!({ "workspaceId": $g.workspace, $($more)* }) };
    (@of $g:ident bare { $($more:tt)* }) => {{ let _ = $g; json!({ $($more)* }) }};
    ($g:ident: $($field:literal $case:literal $expected:tt $payload:ident $($bare:ident)? { $($more:tt)* })*) => {
        vec![$(Row {
            field: $field,
            case: $case,
            document: mutation(&$field["Mutation.".len()..], &$payload),
            variables: |$g| changing!(@of $g $($bare)? { $($more)* }),
            at: format!("/{}", &$field["Mutation.".len()..]),
            expected: $expected,
        }),*]
    };
}

/// Everybody in the workspace; those in the private channel; nobody at all.
const WORKSPACE: &str = "UAANNAA";
const PRIVATE: &str = "UANNNNA";
const NOWHERE: &str = "UNNNNNN";
/// A public channel that only the owner has joined.
const NOT_JOINED: &str = "UFFNNFA";

/// What a search answers, whole.
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

/// The rows of queries.
pub fn queries() -> Vec<Row> {
    let boot = format!("query($w: ID!) {{ boot(workspaceId: $w) {} }}", documents::boot().replacen('{', "{ seq", 1));
    let workspace = format!("query($w: ID!) {{ workspace(id: $w) {} }}", documents::workspace());
    let asked = |field: &str, selection: String| {
        format!("query($w: ID!, $i: ID!) {{ {field}(workspaceId: $w, id: $i) {selection} }}")
    };
    let channel = asked("channel", documents::channel());
    let message = asked("message", documents::message());
    let member = asked("member", documents::member());
    let node = asked("node", documents::node());
    let members = format!("query($w: ID!, $i: [ID!]!) {{ members(workspaceId: $w, ids: $i) {} }}", documents::member());
    let viewer = format!("{{ viewer {} }}", documents::viewer());
    let server = format!("{{ server {} }}", documents::SERVER);
    asking! { g:
        "Query.boot" "" WORKSPACE boot "/boot" {}
        "Query.workspace" "" WORKSPACE workspace "/workspace" {}
        "Query.workspace" "a channel's id" "BBBBBBB" workspace "/workspace" bare { "w": g.private }
        "Query.channel" "public" WORKSPACE channel "/channel" { "i": g.general }
        "Query.channel" "private" PRIVATE channel "/channel" { "i": g.private }
        "Query.channel" "direct" PRIVATE channel "/channel" { "i": g.direct }
        "Query.channel" "of another workspace" NOWHERE channel "/channel" { "i": g.foreign_channel }
        "Query.message" "public" WORKSPACE message "/message" { "i": g.public_message }
        "Query.message" "private" PRIVATE message "/message" { "i": g.root }
        "Query.message" "private reply" PRIVATE message "/message" { "i": g.reply }
        "Query.message" "direct" PRIVATE message "/message" { "i": g.direct_message }
        "Query.message" "of another workspace" NOWHERE message "/message" { "i": g.foreign_message }
        "Query.member" "" WORKSPACE member "/member" { "i": g.owner }
        "Query.member" "of another workspace" NOWHERE member "/member" { "i": g.foreign_member }
        "Query.members" "" WORKSPACE members "/members" { "i": [g.owner, g.foreign_member] }
        "Query.members" "of another workspace" "UZZNNZZ" members "/members" { "i": [g.foreign_member] }
        "Query.node" "private channel" "UAZNNZA" node "/node" { "i": g.private }
        "Query.node" "private message" "UAZNNZA" node "/node" { "i": g.root }
        "Query.node" "direct channel" "UAZNNZA" node "/node" { "i": g.direct }
        "Query.node" "member" WORKSPACE node "/node" { "i": g.owner }
        "Query.node" "workspace" WORKSPACE node "/node" { "i": g.workspace }
        "Query.node" "another workspace" "UZZNNZZ" node "/node" { "i": g.foreign_workspace }
        "Query.search" "public" WORKSPACE SEARCH "/search/edges" { "q": "\"chouse words\"" }
        "Query.search" "private" "UAZNNZA" SEARCH "/search/edges" { "q": "\"cprivate root\"" }
        "Query.search" "direct" "UAZNNZA" SEARCH "/search/edges" { "q": "\"cprivate direct\"" }
        "Query.search" "of another workspace" "UZZNNZZ" SEARCH "/search/edges" { "q": "\"cforeign words\"" }
        "Query.search" "people" WORKSPACE SEARCH "/search/edges" { "q": "third" }
        "Query.search" "a private channel by name" "UAZNNZA" SEARCH "/search/edges" { "q": "cprivate-name" }
        "Query.search" "everything" WORKSPACE SEARCH "/search/edges" { "q": "before:9000" }
        "Query.search" "in a private channel" PRIVATE SEARCH "/search/edges" { "q": "", "f": { "in": [g.private] } }
        "Query.search" "in a channel of another workspace" NOWHERE SEARCH "/search/edges"
            { "q": "", "f": { "in": [g.foreign_channel] } }
        "Query.search" "by somebody of another workspace" NOWHERE SEARCH "/search/edges"
            { "q": "", "f": { "from": [g.foreign_member] } }
        "Query.switcher" "public" WORKSPACE SWITCHER "/switcher" { "t": "gener" }
        "Query.switcher" "private" "UAZNNZA" SWITCHER "/switcher" { "t": "cprivate" }
        "Query.switcher" "of another workspace" "UZZNNZZ" SWITCHER "/switcher" { "t": "cforeign" }
        "Query.node" "private file" "UAZNNZA" node "/node" { "i": g.file }
        "Query.search" "a private file" "UAZNNZA" SEARCH "/search/edges" { "q": "cprivate-picture" }
        "Query.viewer" "" "ZAAAAAA" viewer "/viewer" bare {}
        "Query.server" "" "AAAAAAA" server "/server" bare {}
        "Query.invitePreview" "works" "AAAAAAA" PREVIEW "/invitePreview" bare { "t": g.lobby }
        "Query.invitePreview" "revoked" "NNNNNNN" PREVIEW "/invitePreview" bare { "t": g.revoked }
    }
}

/// The rows of queries of files.
pub fn files_asked() -> Vec<Row> {
    let asked = |field: &str, selection: String| {
        format!("query($w: ID!, $i: ID!) {{ {field}(workspaceId: $w, id: $i) {selection} }}")
    };
    let file = asked("file", documents::file());
    let upload = asked("upload", documents::UPLOAD.to_owned());
    asking! { g:
        "Query.file" "private" PRIVATE file "/file" { "i": g.file }
        "Query.file" "not sent yet" "UANNNNN" file "/file" { "i": g.unsent }
        "Query.upload" "of the member" "UANNNNN" upload "/upload" { "i": g.upload }
    }
}

/// The rows of fields that take arguments, and of lists that leave out what is hidden.
pub fn inner() -> Vec<Row> {
    let invites = format!("query($w: ID!) {{ workspace(id: $w) {{ invites {} }} }}", documents::invite());
    let found = |list: &str| {
        format!("query($w: ID!, $s: String) {{ workspace(id: $w) {{ {list}(search: $s) {{ nodes {{ id name }} }} }} }}")
    };
    let (members, channels) = (found("members"), found("channels"));
    let general = "query($w: ID!, $i: ID!, $m: ID) {
      channel(workspaceId: $w, id: $i) { messages(around: $m) { nodes { id text } } } }";
    let placed = "query($w: ID!, $i: ID!) {
      channel(workspaceId: $w, id: $i) { messages(aroundSeq: 0) { nodes { id text } } } }";
    let people = "query($w: ID!, $i: ID!) {
      channel(workspaceId: $w, id: $i) { members(last: 5) { nodes { id name } } } }";
    let replies = "query($w: ID!, $i: ID!, $m: ID) {
      message(workspaceId: $w, id: $i) { thread { replies(around: $m) { nodes { id text } } } } }";
    let sent = format!(
        "query($w: ID!, $i: ID!) {{ channel(workspaceId: $w, id: $i) {{ files(kind: PICTURE) {} }} }}",
        documents::files()
    );
    let told = "query($w: ID!) { workspace(id: $w) { notifications(last: 5) { nodes { id message { text } } } } }";
    let among = "query($w: ID!, $i: ID!, $m: [ID!]!) {
                   channel(workspaceId: $w, id: $i) { membersAmong(ids: $m) { id name } } }";
    let (c, m) = ("/workspace/channels/nodes", "/workspace/members/nodes");
    asking! { g:
        "Workspace.invites" "" "UFFNNAA" invites "/workspace/invites" {}
        "Workspace.members" "found" WORKSPACE members m { "s": "chouse" }
        "Workspace.members" "of another workspace" "UZZNNZZ" members m { "s": "cforeign" }
        "Workspace.channels" "public" WORKSPACE channels c { "s": "gener" }
        "Workspace.channels" "private" "UAZNNZA" channels c { "s": "cprivate" }
        "Workspace.channels" "of another workspace" "UZZNNZZ" channels c { "s": "cforeign" }
        "Workspace.notifications" "of a private channel" "UAZNNZZ" told "/workspace/notifications/nodes" {}
        "Channel.messages" "public" WORKSPACE general "/channel/messages/nodes"
            { "i": g.general, "m": g.public_message }
        "Channel.messages" "private" PRIVATE general "/channel/messages/nodes" { "i": g.private, "m": g.root }
        "Channel.messages" "around one of another channel" NOWHERE general "/channel" { "i": g.general, "m": g.root }
        "Channel.messages" "around a position, private" PRIVATE placed "/channel/messages/nodes" { "i": g.private }
        "Channel.members" "public" WORKSPACE people "/channel/members/nodes" { "i": g.general }
        "Channel.members" "private" PRIVATE people "/channel/members/nodes" { "i": g.private }
        "Channel.membersAmong" "public" WORKSPACE among "/channel/membersAmong" { "i": g.general, "m": [g.third] }
        "Channel.membersAmong" "private" PRIVATE among "/channel/membersAmong" { "i": g.private, "m": [g.third] }
        "Channel.files" "private" PRIVATE sent "/channel/files/nodes" { "i": g.private }
        "Thread.replies" "private" PRIVATE replies "/message/thread/replies/nodes" { "i": g.root, "m": g.reply }
        "Thread.replies" "around one of another thread" NOWHERE replies "/message/thread"
            { "i": g.root, "m": g.direct_message }
    }
}

/// The rows of mutations on channels and messages.
pub fn talk() -> Vec<Row> {
    let channel = format!("{{ seq channel {} }}", documents::channel());
    let message = format!("{{ seq message {} }}", documents::message());
    let sent = format!("{{ status seq message {} }}", documents::message());
    let reading = documents::reading();
    let (left, count) = ("{ seq channelId }", "{ privateRev countedSeq unreadNotifications }");
    changing! { g:
        "Mutation.sendMessage" "private" PRIVATE sent { "channelId": g.private, "text": "cprivate words" }
        "Mutation.sendMessage" "direct" PRIVATE sent { "channelId": g.direct, "text": "cprivate words" }
        "Mutation.sendMessage" "public" WORKSPACE sent { "channelId": g.general, "text": "chouse words" }
        "Mutation.sendMessage" "not joined" NOT_JOINED sent { "channelId": g.hall, "text": "words" }
        "Mutation.sendMessage" "in a private thread, from outside" NOWHERE message
            { "channelId": g.general, "threadId": g.root, "text": "words" }
        // Ids are minted by clients and unique in the workspace: one that is taken cannot be given again.
        "Mutation.sendMessage" "under the id of a private message" "UCCNNCC" message
            { "id": g.root, "channelId": g.general, "text": "words" }
        "Mutation.editMessage" "private" "UANNNNF" message { "messageId": g.root, "text": "cprivate edited" }
        "Mutation.editMessage" "public" "UAFNNFF" message { "messageId": g.public_message, "text": "chouse edited" }
        "Mutation.deleteMessage" "private" PRIVATE message { "messageId": g.root }
        "Mutation.deleteMessage" "public" "UAFNNAA" message { "messageId": g.public_message }
        "Mutation.addReaction" "private" PRIVATE message { "messageId": g.root, "emoji": "👍" }
        "Mutation.addReaction" "public" WORKSPACE message { "messageId": g.public_message, "emoji": "👍" }
        "Mutation.addReaction" "of another workspace" NOWHERE message { "messageId": g.foreign_message, "emoji": "👍" }
        "Mutation.removeReaction" "private" PRIVATE message { "messageId": g.root, "emoji": "👍" }
        "Mutation.removeReaction" "public" WORKSPACE message { "messageId": g.public_message, "emoji": "👍" }
        "Mutation.markRead" "private" PRIVATE reading { "channelId": g.private, "seq": 1, "epoch": 0 }
        "Mutation.markRead" "not joined" NOT_JOINED reading { "channelId": g.hall, "seq": 1, "epoch": 0 }
        "Mutation.markUnread" "private" PRIVATE reading { "messageId": g.root }
        "Mutation.markUnread" "public" WORKSPACE reading { "messageId": g.public_message }
        "Mutation.markNotificationsRead" "" WORKSPACE count { "seq": 0 }
        "Mutation.createChannel" "" WORKSPACE channel { "name": format!("new {}", g.unique) }
        "Mutation.createChannel" "public, with the name of a private one" WORKSPACE channel { "name": g.private_name }
        "Mutation.createChannel" "with a public name that is taken" "UCCNNCC" channel { "name": "general" }
        "Mutation.createChannel" "under the id of a private one" "UCCNNCC" channel
            { "id": g.private, "name": format!("new {}", g.unique) }
        "Mutation.createChannel" "with somebody of another workspace" NOWHERE channel
            { "name": format!("new {}", g.unique), "memberIds": [g.foreign_member] }
        "Mutation.openDirect" "" WORKSPACE channel { "memberIds": [g.third] }
        "Mutation.openDirect" "with somebody of another workspace" NOWHERE channel { "memberIds": [g.foreign_member] }
        "Mutation.joinChannel" "public" WORKSPACE channel { "channelId": g.hall }
        "Mutation.joinChannel" "private" PRIVATE channel { "channelId": g.private }
        "Mutation.joinChannel" "direct" PRIVATE channel { "channelId": g.direct }
        "Mutation.leaveChannel" "private" PRIVATE left { "channelId": g.private }
        "Mutation.leaveChannel" "direct" "UFNNNNF" left { "channelId": g.direct }
        "Mutation.addToChannel" "private" PRIVATE channel { "channelId": g.private, "memberIds": [g.fourth] }
        "Mutation.addToChannel" "not joined" NOT_JOINED channel { "channelId": g.hall, "memberIds": [g.fourth] }
        "Mutation.addToChannel" "somebody of another workspace" NOWHERE channel
            { "channelId": g.private, "memberIds": [g.foreign_member] }
        "Mutation.removeFromChannel" "private" "UFNNNNA" channel { "channelId": g.private, "memberId": g.third }
        "Mutation.removeFromChannel" "not joined" NOT_JOINED channel { "channelId": g.hall, "memberId": g.third }
        "Mutation.removeFromChannel" "oneself" "UFNNNNB" channel { "channelId": g.private, "memberId": g.owner }
    }
}

/// The rows of mutations on files and emoji.
pub fn files() -> Vec<Row> {
    let upload = format!("{{ upload {} }}", documents::UPLOAD);
    let completed = format!("{{ status seq file {} }}", documents::file());
    let file = format!("{{ seq file {} }}", documents::file());
    let emoji = format!("{{ seq emoji {} }}", documents::emoji());
    let workspace = format!("{{ seq workspace {} }}", documents::workspace());
    let sent = format!("{{ status seq message {} }}", documents::message());
    let (cancelled, gone) = ("{ uploadId }", "{ seq emojiId }");
    changing! { g:
        "Mutation.createUpload" "" WORKSPACE upload { "name": "a", "size": 1 }
        "Mutation.createUpload" "under the id of somebody's" "UCCNNCC" upload { "id": g.file, "name": "a", "size": 1 }
        "Mutation.completeUpload" "of the member" "UANNNNN" completed { "uploadId": g.upload }
        "Mutation.cancelUpload" "of the member" "UANNNNN" cancelled { "uploadId": g.upload }
        "Mutation.updateFile" "private" "UANNNNF" file { "fileId": g.file, "alt": "cprivate alt" }
        "Mutation.updateFile" "not sent yet" "UANNNNN" file { "fileId": g.unsent, "alt": "cprivate alt" }
        "Mutation.deleteFile" "private" PRIVATE file { "fileId": g.file }
        "Mutation.deleteFile" "not sent yet" "UANNNNN" file { "fileId": g.unsent }
        "Mutation.sendMessage" "with a file of the member" "UANNNNN" sent
            { "channelId": g.private, "text": "", "attachmentIds": [g.unsent] }
        "Mutation.createEmoji" "of a picture of the member" "UANNNNN" emoji
            { "name": format!("e-{}", g.unique), "fileId": g.unsent }
        "Mutation.deleteEmoji" "of the member" "UAFNNAA" gone { "emojiId": g.emoji }
        "Mutation.updateWorkspace" "" "UFFNNAA" workspace { "name": format!("chouse {}", g.unique) }
    }
}

/// The rows of mutations on people, workspaces and accounts.
pub fn people() -> Vec<Row> {
    let member = format!("{{ seq member {} }}", documents::member());
    let invite = format!("{{ url invite {} }}", documents::invite());
    let signed = format!("{{ token account {} signIn {} }}", documents::ACCOUNT, documents::SIGN_IN);
    let (workspace, gone) = ("{ workspace { id name seq } }", "{ seq memberId }");
    let (saved, unsaved) = ("{ savedSearch { id name query createdAt } }", "{ savedSearchId }");
    let account = format!("{{ account {} }}", documents::ACCOUNT);
    let (ended, out, how) = ("{ inviteId }", "{ signInId }", "{ activity }");
    changing! { g:
        "Mutation.updateMember" "" WORKSPACE member { "handle": g.unique }
        "Mutation.setActivity" "" WORKSPACE how { "activity": "IDLE" }
        "Mutation.setMemberRole" "" "UFFNNFA" member { "memberId": g.third, "role": "ADMIN" }
        "Mutation.setMemberRole" "of another workspace" NOWHERE member
            { "memberId": g.foreign_member, "role": "ADMIN" }
        "Mutation.removeMember" "" "UFFNNAA" gone { "memberId": g.fifth }
        "Mutation.removeMember" "of another workspace" NOWHERE gone { "memberId": g.foreign_member }
        "Mutation.createInvite" "" "UFFNNAA" invite {}
        "Mutation.revokeInvite" "" "UFFNNAA" ended { "inviteId": g.invite }
        "Mutation.revokeInvite" "of another workspace" "UFFNNNN" ended { "inviteId": g.foreign_invite }
        "Mutation.createSavedSearch" "" WORKSPACE saved { "name": g.unique, "query": "words" }
        "Mutation.deleteSavedSearch" "of the owner" "UNNNNNA" unsaved { "savedSearchId": g.saved }
        "Mutation.acceptInvite" "works" "UAAAAAA" workspace bare { "token": g.lobby }
        "Mutation.acceptInvite" "revoked" NOWHERE workspace bare { "token": g.revoked }
        "Mutation.createWorkspace" "" "UAAAAAA" workspace bare { "name": g.unique }
        "Mutation.createWorkspace" "under an id that is taken" "UCCCCCC" workspace
            bare { "id": g.foreign_workspace, "name": g.unique }
        "Mutation.register" "closed" "FFFFFFF" signed
            bare { "email": format!("{}@example.com", g.unique), "name": "New", "password": "correct horse" }
        "Mutation.register" "a known address, closed" "FFFFFFF" signed
            bare { "email": g.helper_email, "name": "New", "password": "correct horse" }
        "Mutation.register" "invited" "AAAAAAA" signed
            bare { "email": format!("{}@example.com", g.unique), "name": "New", "password": "correct horse",
                   "inviteToken": g.lobby }
        "Mutation.signIn" "" "AAAAAAA" signed bare { "email": g.helper_email, "password": "correct horse" }
        "Mutation.signIn" "wrong" "BBBBBBB" signed bare { "email": g.helper_email, "password": "wrong horse" }
        "Mutation.changePassword" "" "UAAAAAA" account
            bare { "currentPassword": "correct horse", "newPassword": "correct horse" }
        "Mutation.changePassword" "wrong" "UBBBBBB" account
            bare { "currentPassword": "wrong horse", "newPassword": "correct horse" }
        "Mutation.changeEmail" "to a known address" "UCCCCCC" account
            bare { "currentPassword": "correct horse", "email": g.helper_email }
        "Mutation.changeEmail" "wrong" "UBBBBBB" account
            bare { "currentPassword": "wrong horse", "email": format!("{}@example.com", g.unique) }
        "Mutation.revokeSignIn" "own" "UAAAAAA" out bare { "signInId": g.sign_in }
        "Mutation.revokeSignIn" "of somebody else" NOWHERE out bare { "signInId": g.foreign_sign_in }
        "Mutation.signOut" "" "UAAAAAA" out bare {}
    }
}

/// What ends the connections of the one who does it, or makes another of them, and so comes last.
pub fn last() -> Vec<Row> {
    let gone = "{ seq workspaceId }";
    let account = format!("{{ account {} }}", documents::ACCOUNT);
    changing! { g:
        "Mutation.changeEmail" "" "UAAAAAA" account
            bare { "currentPassword": "correct horse", "email": format!("{}@example.com", g.unique) }
        "Mutation.leaveWorkspace" "" "UAANNAC" gone {}
    }
}
