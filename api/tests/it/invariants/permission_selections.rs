//! The selections of the permission matrix of invariant 9: every field of every object type, so that no field is left
//! unchecked.

const PAGE: &str = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }";
const MEMBER: &str = "id handle name avatarUrl role active joinedAt";
const FILE: &str = "id name type kind size status isVoice isAnimated alt width height durationMs thumbhash waveform url \
    downloadUrl previews { size url width height } uploaderId uploader { id name } channelId messageId createdAt removedAt";
const EMOJI: &str = "id name url stillUrl creatorId";
const READ_STATE: &str = "id lastReadSeq epoch unreadCount mentionCount";

fn flat_message() -> String {
    format!(
        "id seq channelId authorId threadId text mentionedIds mentionsChannel createdAt editedAt deletedAt \
         author {{ {MEMBER} }} reactions {{ emoji count viewerReacted members {{ {MEMBER} }} }} files {{ {FILE} }}"
    )
}

pub fn member() -> String {
    format!("{{ {MEMBER} }}")
}

pub fn read_state() -> String {
    format!("privateRev readState {{ {READ_STATE} }}")
}

pub fn message() -> String {
    let flat = flat_message();
    format!(
        "{{ {flat} channel {{ id name topic }} thread {{ id replyCount lastReplyAt root {{ id text }} \
         participants {{ {MEMBER} }} replies(last: 10) {{ edges {{ cursor node {{ {flat} }} }} nodes {{ id text }} {PAGE} }} }} }}"
    )
}

fn flat_channel() -> String {
    format!(
        "id kind name topic createdAt archivedAt creatorId memberCount viewerIsMember readState {{ {READ_STATE} }} directMembers {{ {MEMBER} }} \
         membersAmong(ids: []) {{ id }} members(first: 20) {{ edges {{ cursor node {{ {MEMBER} }} }} nodes {{ id name }} {PAGE} }}"
    )
}

pub fn channel() -> String {
    let (flat, message) = (flat_channel(), message());
    format!("{{ {flat} messages(last: 10) {{ edges {{ cursor node {message} }} nodes {{ id text }} {PAGE} }} }}")
}

pub fn file() -> String {
    format!("{{ {FILE} }}")
}

/// A page of files.
pub fn files() -> String {
    format!("{{ edges {{ cursor node {{ {FILE} }} }} nodes {{ id }} {PAGE} }}")
}

pub const UPLOAD: &str =
    "{ id fileId expiresAt parts { number offset size url method headers { name value } isReceived } }";

pub fn emoji() -> String {
    format!("{{ {EMOJI} }}")
}

/// A workspace without `seq`, which also counts hidden events.
pub fn workspace() -> String {
    let (channel, message) = (flat_channel(), flat_message());
    format!(
        "{{ id name createdAt memberCount me {{ {MEMBER} }} savedSearches {{ id name query createdAt }} \
         iconUrl channelMentions emoji {{ {EMOJI} }} fileLimits {{ fileBytes memberBytes memberBytesUsed workspaceBytes \
         workspaceBytesUsed attachmentsPerMessage }} \
         members(first: 50) {{ edges {{ cursor node {{ {MEMBER} }} }} nodes {{ id }} {PAGE} }} \
         channels(first: 15) {{ edges {{ cursor node {{ {channel} }} }} nodes {{ id }} {PAGE} }} \
         notifications(last: 10) {{ edges {{ cursor node {{ id seq reason createdAt read message {{ {message} }} }} }} \
         nodes {{ id }} {PAGE} }} }}"
    )
}

/// Boot without `seq`.
pub fn boot() -> String {
    let (channel, message) = (flat_channel(), flat_message());
    format!(
        "{{ privateRev unreadNotifications me {{ {MEMBER} }} workspace {{ id name }} \
         channels {{ {channel} messages(last: 5) {{ nodes {{ {message} }} }} }} }}"
    )
}

pub fn invite() -> String {
    format!("{{ id createdAt expiresAt maxUses uses createdBy {{ {MEMBER} }} }}")
}

pub fn node() -> String {
    let (channel, message, invite) = (channel(), message(), invite());
    format!(
        "{{ __typename id ... on Channel {channel} ... on Message {message} ... on Member {{ {MEMBER} }} \
         ... on Workspace {{ name }} ... on File {{ {FILE} }} ... on Account {ACCOUNT} ... on Session {SIGN_IN} \
         ... on Invite {invite} ... on Thread {{ replyCount root {{ text }} }} ... on Upload {UPLOAD} \
         ... on Notification {{ reason read seq message {{ text }} }} ... on Emoji {{ {EMOJI} }} \
         ... on SavedSearch {{ name query createdAt }} ... on ReadState {{ lastReadSeq unreadCount }} }}"
    )
}

pub const ACCOUNT: &str = "{ id email name isServerAdmin canCreateWorkspaces createdAt }";
pub const SIGN_IN: &str = "{ id createdAt lastSeenAt userAgent current }";

pub fn viewer() -> String {
    format!(
        "{{ budgets {{ kind capacity refillPerSecond available }} account {ACCOUNT} session {SIGN_IN} sessions {SIGN_IN} workspaces {{ id name seq me {{ {MEMBER} }} }} }}"
    )
}

pub const SERVER: &str = "{ version needsFirstAccount registrationOpen limits { messageCharacters
  passwordCharacters nameCharacters pageSize documentBytes reactionsPerMessage } }";
