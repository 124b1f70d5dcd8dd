//! The reaction facts: whether a given member put a given emoji on a message, and which distinct emoji are on it.
//!
//! The number of rows read depends on the commands in the batch and on the distinct emoji of a message (at most
//! [`MAX_DISTINCT_EMOJI`](crate::model::reaction::MAX_DISTINCT_EMOJI)), not on how many members reacted.

use std::collections::{HashMap, HashSet};

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Value};

use crate::ground::db::{batch_query, statement};
use crate::ground::error::Result;
use crate::ground::id::{AccountId, MemberId, MessageId, WorkspaceId};
use crate::model::reaction::total_entity as total;

/// The reactions that a batch depends on: message, emoji and reacting account.
#[derive(Debug, Default)]
pub struct ReactionReads(HashSet<(MessageId, String, AccountId)>);

impl ReactionReads {
    /// Adds the reaction of an account with an emoji to a message.
    pub fn insert(&mut self, message_id: MessageId, emoji: &str, account_id: AccountId) {
        self.0.insert((message_id, emoji.to_owned(), account_id));
    }
}

/// The reactions on one message that a batch depends on.
#[derive(Debug, Default)]
pub struct Reactions {
    /// Number of members per emoji.
    totals: HashMap<String, i64>,
    /// The members in the read set that reacted, per emoji.
    members: HashMap<String, HashSet<MemberId>>,
}

impl Reactions {
    /// Whether a member in the read set reacted with this emoji.
    pub fn has(&self, emoji: &str, member_id: MemberId) -> bool {
        self.members.get(emoji).is_some_and(|members| members.contains(&member_id))
    }

    /// Number of distinct emoji on the message if this emoji would be a new one; 0 if it is already present.
    pub fn distinct_others(&self, emoji: &str) -> usize {
        if self.totals.contains_key(emoji) { 0 } else { self.totals.len() }
    }

    pub(super) fn add(&mut self, emoji: &str, member_id: MemberId) {
        *self.totals.entry(emoji.to_owned()).or_default() += 1;
        self.members.entry(emoji.to_owned()).or_default().insert(member_id);
    }

    pub(super) fn remove(&mut self, emoji: &str, member_id: MemberId) {
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

/// Fetches the reaction facts in two statements.
pub(super) async fn fetch(
    connection: &impl ConnectionTrait,
    workspace_id: WorkspaceId,
    reads: &ReactionReads,
) -> Result<HashMap<MessageId, Reactions>> {
    let mut by_message = HashMap::new();
    if !reads.0.is_empty() {
        fetch_members(connection, workspace_id, reads, &mut by_message).await?;
        fetch_totals(connection, workspace_id, reads, &mut by_message).await?;
    }
    Ok(by_message)
}

/// Fetches which members in the read set reacted, one index lookup each.
async fn fetch_members(
    connection: &impl ConnectionTrait,
    workspace_id: WorkspaceId,
    reads: &ReactionReads,
    by_message: &mut HashMap<MessageId, Reactions>,
) -> Result<()> {
    let row = |(message_id, emoji, account_id): &(MessageId, String, AccountId)| -> Vec<Value> {
        vec![message_id.0.into(), emoji.as_str().into(), account_id.0.into()]
    };
    let (rows, values) = batch_query::rows(connection, 2, reads.0.iter().map(row).collect());
    let sql = format!(
        "WITH wanted (message_id, emoji, account_id) AS ({rows}) SELECT w.message_id, w.emoji, r.member_id \
         FROM wanted w JOIN member m ON m.workspace_id = $1 AND m.account_id = w.account_id \
         JOIN reaction r ON r.workspace_id = $1 AND r.message_id = w.message_id AND r.emoji = w.emoji \
         AND r.member_id = m.id"
    );
    let values = [workspace_id.0.into()].into_iter().chain(values);
    for row in connection.query_all_raw(statement(connection, sql, values)).await? {
        let reactions: &mut Reactions = by_message.entry(row.try_get("", "message_id")?).or_default();
        let members = reactions.members.entry(row.try_get("", "emoji")?).or_default();
        members.insert(row.try_get("", "member_id")?);
    }
    Ok(())
}

/// Fetches the distinct emoji of the messages with their totals.
async fn fetch_totals(
    connection: &impl ConnectionTrait,
    workspace_id: WorkspaceId,
    reads: &ReactionReads,
    by_message: &mut HashMap<MessageId, Reactions>,
) -> Result<()> {
    let messages: HashSet<MessageId> = reads.0.iter().map(|(message_id, ..)| *message_id).collect();
    let of_messages = batch_query::among(connection, total::Column::MessageId, messages);
    let totals = total::Entity::find().filter(total::Column::WorkspaceId.eq(workspace_id)).filter(of_messages);
    for row in totals.all(connection).await? {
        by_message.entry(row.message_id).or_default().totals.insert(row.emoji, row.count);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn removes_an_emoji_with_its_last_reaction() {
        let (ann, ben) = (MemberId::mint(), MemberId::mint());
        let mut alone = Reactions::default();
        alone.add("a", ann);
        alone.add("b", ann);
        alone.add("a", ben);
        alone.remove("a", ann);
        assert!(!alone.has("a", ann) && alone.has("a", ben));
        assert_eq!((alone.distinct_others("c"), alone.distinct_others("a")), (2, 0));
        alone.remove("a", ben);
        assert_eq!((alone.distinct_others("c"), alone.distinct_others("a")), (1, 1));
        let members = HashMap::from([("a".to_owned(), HashSet::from([ann]))]);
        let mut crowd = Reactions { totals: HashMap::from([("a".to_owned(), 2)]), members };
        crowd.remove("a", ann);
        assert_eq!(crowd.distinct_others("b"), 1, "another member still has it");
    }
}
