//! What deciding needs to know of reactions: whether this member put this emoji on that message, and which different
//! emoji are on it. However many reacted, as many rows are read as there are different emoji (a message carries at most
//! [`EMOJI_MAX`](crate::reaction::EMOJI_MAX)) and commands in the batch.

use std::collections::{HashMap, HashSet};

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Value};

use crate::db::{many, statement};
use crate::error::Result;
use crate::id::{AccountId, MemberId, MessageId, WorkspaceId};
use crate::reaction::total_entity as total;

/// Which reactions the commands of a batch name: who is to have, or no longer to have, an emoji on a message.
#[derive(Debug, Default)]
pub struct Wanted(HashSet<(MessageId, String, AccountId)>);

impl Wanted {
    /// Somebody may put an emoji on a message, or take it off.
    pub fn want(&mut self, message_id: MessageId, emoji: &str, account_id: AccountId) {
        self.0.insert((message_id, emoji.to_owned(), account_id));
    }
}

/// The reactions on one message, as far as the batch names them.
#[derive(Debug, Default)]
pub struct Reactions {
    /// How many members put each emoji on it.
    totals: HashMap<String, i64>,
    /// Those whom the batch names.
    members: HashMap<String, HashSet<MemberId>>,
}

impl Reactions {
    /// Whether a member whom the batch names has this emoji on it.
    pub fn has(&self, emoji: &str, member_id: MemberId) -> bool {
        self.members.get(emoji).is_some_and(|members| members.contains(&member_id))
    }

    /// How many different emoji are on it besides this one, which is not; 0 if it is.
    pub fn beside(&self, emoji: &str) -> usize {
        if self.totals.contains_key(emoji) { 0 } else { self.totals.len() }
    }

    pub(super) fn added(&mut self, emoji: &str, member_id: MemberId) {
        *self.totals.entry(emoji.to_owned()).or_default() += 1;
        self.members.entry(emoji.to_owned()).or_default().insert(member_id);
    }

    pub(super) fn removed(&mut self, emoji: &str, member_id: MemberId) {
        if let Some(members) = self.members.get_mut(emoji) {
            members.remove(&member_id);
        }
        if let Some(total) = self.totals.get_mut(emoji) {
            *total -= 1;
            if *total <= 0 {
                self.totals.remove(emoji);
            }
        }
    }
}

/// Reads what is wanted, in two statements.
pub(super) async fn fetch(
    connection: &impl ConnectionTrait,
    workspace_id: WorkspaceId,
    wanted: &Wanted,
) -> Result<HashMap<MessageId, Reactions>> {
    let mut found = HashMap::new();
    if !wanted.0.is_empty() {
        fetch_members(connection, workspace_id, wanted, &mut found).await?;
        fetch_totals(connection, workspace_id, wanted, &mut found).await?;
    }
    Ok(found)
}

/// Who of those whom the batch names reacted, each looked up by itself.
async fn fetch_members(
    connection: &impl ConnectionTrait,
    workspace_id: WorkspaceId,
    wanted: &Wanted,
    found: &mut HashMap<MessageId, Reactions>,
) -> Result<()> {
    let one = |(message_id, emoji, account_id): &(MessageId, String, AccountId)| -> Vec<Value> {
        vec![message_id.0.into(), emoji.as_str().into(), account_id.0.into()]
    };
    let (rows, values) = many::rows(connection, 2, wanted.0.iter().map(one).collect());
    let sql = format!(
        "WITH wanted (message_id, emoji, account_id) AS ({rows}) SELECT w.message_id, w.emoji, r.member_id \
         FROM wanted w JOIN member m ON m.workspace_id = $1 AND m.account_id = w.account_id \
         JOIN reaction r ON r.workspace_id = $1 AND r.message_id = w.message_id AND r.emoji = w.emoji \
         AND r.member_id = m.id"
    );
    let values = [workspace_id.0.into()].into_iter().chain(values);
    for row in connection.query_all_raw(statement(connection, sql, values)).await? {
        let reactions: &mut Reactions = found.entry(row.try_get("", "message_id")?).or_default();
        let members = reactions.members.entry(row.try_get("", "emoji")?).or_default();
        members.insert(row.try_get("", "member_id")?);
    }
    Ok(())
}

/// Which emoji are on the messages, and how many have each.
async fn fetch_totals(
    connection: &impl ConnectionTrait,
    workspace_id: WorkspaceId,
    wanted: &Wanted,
    found: &mut HashMap<MessageId, Reactions>,
) -> Result<()> {
    let messages: HashSet<MessageId> = wanted.0.iter().map(|(message_id, ..)| *message_id).collect();
    let on_these = many::among(connection, total::Column::MessageId, messages);
    let totals = total::Entity::find().filter(total::Column::WorkspaceId.eq(workspace_id)).filter(on_these);
    for row in totals.all(connection).await? {
        found.entry(row.message_id).or_default().totals.insert(row.emoji, row.count);
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
        let members = HashMap::from([("a".to_owned(), HashSet::from([ann]))]);
        let mut crowd = Reactions { totals: HashMap::from([("a".to_owned(), 2)]), members };
        crowd.removed("a", ann);
        assert_eq!(crowd.beside("b"), 1, "others have it still");
    }
}
