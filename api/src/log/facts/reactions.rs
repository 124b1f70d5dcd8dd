//! What deciding needs to know of reactions: whether this member put this emoji on that message, and which different
//! emoji are on it. However many reacted, as many rows are read as there are different emoji (a message carries at most
//! [`EMOJI_MAX`](crate::reaction::EMOJI_MAX)) and commands in the batch.

use std::collections::{HashMap, HashSet};

use sea_orm::{ConnectionTrait, Value};

use crate::db::{many, statement};
use crate::error::Result;
use crate::id::{AccountId, MemberId, MessageId, WorkspaceId};

/// Which reactions the commands of a batch name.
#[derive(Debug, Default)]
pub struct Wanted {
    /// Who is to have, or no longer to have, an emoji on a message.
    of: HashMap<(MessageId, String), HashSet<AccountId>>,
    /// Messages to which a further emoji may come.
    room: HashSet<MessageId>,
}

impl Wanted {
    /// Somebody may put an emoji on a message.
    pub fn add(&mut self, message_id: MessageId, emoji: &str, account_id: AccountId) {
        self.room.insert(message_id);
        self.remove(message_id, emoji, account_id);
    }

    /// Somebody may take their emoji off a message.
    pub fn remove(&mut self, message_id: MessageId, emoji: &str, account_id: AccountId) {
        self.of.entry((message_id, emoji.to_owned())).or_default().insert(account_id);
    }
}

/// The reactions on one message, as far as the batch names them.
#[derive(Debug, Default)]
pub struct Reactions {
    /// All different emoji on it; known where one more may come.
    emoji: HashSet<String>,
    of: HashMap<String, Reacted>,
}

/// One emoji on one message.
#[derive(Debug, Default)]
struct Reacted {
    /// Those whom the batch names.
    members: HashSet<MemberId>,
    /// Whether there are others.
    others: bool,
}

impl Reactions {
    /// Whether a member whom the batch names has this emoji on it.
    pub fn has(&self, emoji: &str, member_id: MemberId) -> bool {
        self.of.get(emoji).is_some_and(|reacted| reacted.members.contains(&member_id))
    }

    /// How many different emoji are on it besides this one, which is not; 0 if it is.
    pub fn beside(&self, emoji: &str) -> usize {
        if self.emoji.contains(emoji) { 0 } else { self.emoji.len() }
    }

    pub(super) fn added(&mut self, emoji: &str, member_id: MemberId) {
        self.emoji.insert(emoji.to_owned());
        self.of.entry(emoji.to_owned()).or_default().members.insert(member_id);
    }

    pub(super) fn removed(&mut self, emoji: &str, member_id: MemberId) {
        let Some(reacted) = self.of.get_mut(emoji) else { return };
        reacted.members.remove(&member_id);
        if reacted.members.is_empty() && !reacted.others {
            self.emoji.remove(emoji);
        }
    }
}

/// Reads what is wanted, in at most two statements.
pub(super) async fn fetch(
    connection: &impl ConnectionTrait,
    workspace_id: WorkspaceId,
    wanted: &Wanted,
) -> Result<HashMap<MessageId, Reactions>> {
    let mut found: HashMap<MessageId, Reactions> = HashMap::new();
    if wanted.of.is_empty() {
        return Ok(found);
    }
    fetch_members(connection, workspace_id, wanted, &mut found).await?;
    if !wanted.room.is_empty() {
        fetch_emoji(connection, workspace_id, wanted, &mut found).await?;
    }
    Ok(found)
}

/// Who of those whom the batch names reacted, each looked up by itself, and whether others did: whether there are more
/// than were found, counted to one more than the batch can name.
async fn fetch_members(
    connection: &impl ConnectionTrait,
    workspace_id: WorkspaceId,
    wanted: &Wanted,
    found: &mut HashMap<MessageId, Reactions>,
) -> Result<()> {
    let most = wanted.of.values().map(HashSet::len).max().unwrap_or(0) + 1;
    let one = |(message_id, emoji): &(MessageId, String), account_id: &AccountId| -> Vec<Value> {
        vec![message_id.0.into(), emoji.as_str().into(), account_id.0.into()]
    };
    let named = wanted.of.iter().flat_map(|(key, accounts)| accounts.iter().map(move |account| one(key, account)));
    let (rows, values) = many::rows(connection, 3, named.collect());
    let sql = format!(
        "WITH wanted (message_id, emoji, account_id) AS ({rows}) SELECT w.message_id, w.emoji, \
         (SELECT r.member_id FROM member m JOIN reaction r ON r.workspace_id = m.workspace_id AND r.member_id = m.id \
          WHERE m.workspace_id = $1 AND m.account_id = w.account_id \
          AND r.message_id = w.message_id AND r.emoji = w.emoji) AS member_id, \
         (SELECT count(*) FROM (SELECT 1 FROM reaction r WHERE r.workspace_id = $1 \
          AND r.message_id = w.message_id AND r.emoji = w.emoji LIMIT $2) AS c) AS counted FROM wanted w"
    );
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let values = [workspace_id.0.into(), most.into()].into_iter().chain(values);
    let mut counts: HashMap<(MessageId, String), i64> = HashMap::new();
    for row in connection.query_all_raw(statement(connection, sql, values)).await? {
        let (message_id, emoji): (MessageId, String) = (row.try_get("", "message_id")?, row.try_get("", "emoji")?);
        let reacted = found.entry(message_id).or_default().of.entry(emoji.clone()).or_default();
        reacted.members.extend(row.try_get::<Option<MemberId>>("", "member_id")?);
        counts.insert((message_id, emoji), row.try_get("", "counted")?);
    }
    for ((message_id, emoji), counted) in counts {
        if let Some(reacted) = found.get_mut(&message_id).and_then(|reactions| reactions.of.get_mut(&emoji)) {
            reacted.others = usize::try_from(counted).is_ok_and(|counted| counted > reacted.members.len());
        }
    }
    Ok(())
}

/// The different emoji on messages, each found by the index from the one before it.
async fn fetch_emoji(
    connection: &impl ConnectionTrait,
    workspace_id: WorkspaceId,
    wanted: &Wanted,
    found: &mut HashMap<MessageId, Reactions>,
) -> Result<()> {
    let messages = wanted.room.iter().map(|id| vec![id.0.into()]).collect();
    let (rows, values) = many::rows(connection, 2, messages);
    let next = |of: &str, after: &str| {
        format!(
            "(SELECT min(r.emoji) FROM reaction r WHERE r.workspace_id = $1 AND r.message_id = {of}.message_id{after})"
        )
    };
    let sql = format!(
        "WITH RECURSIVE wanted (message_id) AS ({rows}), found (message_id, emoji) AS (\
         SELECT w.message_id, {} FROM wanted w UNION \
         SELECT f.message_id, {} FROM found f WHERE f.emoji IS NOT NULL) \
         SELECT message_id, emoji FROM found WHERE emoji IS NOT NULL",
        next("w", ""),
        next("f", " AND r.emoji > f.emoji")
    );
    let values = [workspace_id.0.into()].into_iter().chain(values);
    for row in connection.query_all_raw(statement(connection, sql, values)).await? {
        let message_id: MessageId = row.try_get("", "message_id")?;
        found.entry(message_id).or_default().emoji.insert(row.try_get("", "emoji")?);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_emoji_is_gone_with_the_last_who_had_it() {
        let (ann, ben) = (MemberId::mint(), MemberId::mint());
        let mut alone = Reactions::default();
        alone.added("a", ann);
        alone.added("b", ann);
        alone.added("a", ben);
        alone.removed("a", ann);
        assert!(!alone.has("a", ann) && alone.has("a", ben));
        assert_eq!((alone.beside("c"), alone.beside("a")), (2, 0));
        alone.removed("a", ben);
        assert_eq!((alone.beside("c"), alone.beside("a")), (1, 1));
        let with_others = HashMap::from([("a".to_owned(), Reacted { members: HashSet::from([ann]), others: true })]);
        let mut crowd = Reactions { emoji: HashSet::from(["a".to_owned()]), of: with_others };
        crowd.removed("a", ann);
        assert_eq!(crowd.beside("b"), 1, "others have it still");
    }
}
