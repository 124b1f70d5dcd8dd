//! The permission matrix of invariant 9, written by hand: the expected outcome of every field for every role.

use serde_json::{Value, json};

use crate::invariants::permission_fixture::{Ids, Role};
use crate::invariants::permission_selections as selections;
use crate::support::{code, document, with_workspace};

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

/// Rows of mutations: field, case, expected outcomes, payload, and the input beside `workspaceId`, which is added
/// unless another ID names the workspace. `bare` always omits it.
macro_rules! mutation_rows {
    (@variables $ids:ident { $($more:tt)* }) => { with_workspace(json!({ $($more)* }), &$ids.workspace) };
    (@variables $ids:ident bare { $($more:tt)* }) => {{ let _ = $ids; json!({ $($more)* }) }};
    ($ids:ident: $(
        $field:literal $case:literal $expected:ident $payload:ident $($bare:ident)? { $($more:tt)* }
    )*) => {
        vec![$(Row {
            field: $field,
            case: $case,
            document: document(&$field["Mutation.".len()..], &$payload),
            variables: |$ids| mutation_rows!(@variables $ids $($bare)? { $($more)* }),
            path: format!("/{}", &$field["Mutation.".len()..]),
            expected: $expected,
        }),*]
    };
}

pub(super) use query_rows;

/// Mutations of channels and messages.
pub fn conversation_mutations() -> Vec<Row> {
    let channel = format!("seq channel {}", selections::channel());
    let message = format!("seq message {}", selections::message());
    let sent_message = format!("status seq message {}", selections::message());
    let read_state = selections::read_state();
    let (channel_id, unread_count) = ("seq channelId", "privateRev countedSeq unreadNotifications");
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
    let channel = format!("seq channel {}", selections::channel());
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
    let upload = format!("upload {}", selections::UPLOAD);
    let completed_file = format!("status seq file {}", selections::file());
    let file = format!("seq file {}", selections::file());
    let emoji = format!("seq emoji {}", selections::emoji());
    let workspace = format!("seq workspace {}", selections::workspace());
    let sent_message = format!("status seq message {}", selections::message());
    let (upload_id, deleted_emoji) = ("uploadId", "seq emojiId");
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
    let member = format!("seq member {}", selections::member());
    let invite = format!("url invite {}", selections::invite());
    let session = format!("token account {} session {}", selections::ACCOUNT, selections::SIGN_IN);
    let (workspace, removed_member) = ("workspace { id name seq }", "seq memberId");
    let (saved_search, saved_search_id) = ("savedSearch { id name query createdAt }", "savedSearchId");
    let account = format!("account {}", selections::ACCOUNT);
    let (invite_id, session_id, activity) = ("inviteId", "sessionId", "activity");
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
    let left_workspace = "seq workspaceId";
    let account = format!("account {}", selections::ACCOUNT);
    mutation_rows! { ids:
        "Mutation.changeEmail" "" SIGNED_IN account
            bare { "currentPassword": "correct horse", "email": format!("{}@example.com", ids.unique) }
        "Mutation.leaveWorkspace" "" NOT_THE_LAST_OWNER left_workspace {}
    }
}
