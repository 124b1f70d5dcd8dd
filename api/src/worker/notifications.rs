//! The durable reader that writes notifications: mentions, replies, direct messages.
//!
//! Who is told is judged by who was in the channel at the message's number. The author is never told;
//! of several reasons the strongest counts. A reply is told to who began the thread and who replied in it.
//! A deleted message takes its notifications with it, and those who had one are told so.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, Value,
};

use crate::channel::ChannelKind;
use crate::channel::entity::channel;
use crate::db::many::among;
use crate::db::{Database, Scope, Transaction, places, statement};
use crate::error::Result;
use crate::event::{Event, Mentions, SharedEvent, Skeleton};
use crate::id::{ChannelId, MemberId, MessageId, WorkspaceId};
use crate::live::rooms::Rooms;
use crate::live::signal::Signal;
use crate::log::reader::Handler;
use crate::message;
use crate::notification::{self, Reason, entity};
use crate::reading::entity::private;

/// Of one run, at most so many members are told at once; others see it when they look.
const SIGNALS: usize = 500;
/// So many of those who replied in a thread are told of a reply.
const REPLIERS: u64 = 100;

/// The reader.
#[derive(Debug, Clone)]
pub struct Notifications {
    /// Who is connected here is told at once.
    pub rooms: Arc<Rooms>,
    pub database: Database,
}

impl Handler for Notifications {
    type After = Done;
    const NAME: &'static str = "notifications";

    async fn handle(&self, transaction: &Transaction, events: &[SharedEvent]) -> Result<Self::After> {
        let Some(workspace_id) = events.first().map(|event| event.workspace_id) else { return Ok(Done::default()) };
        let deleted: HashSet<MessageId> = events.iter().filter_map(|event| deletion(event)).collect();
        let mut sent: Vec<Told> = events.iter().filter_map(|event| Told::of(event)).collect();
        sent.retain(|told| !deleted.contains(&told.message_id));
        let directs = directs(transaction, workspace_id, &sent).await?;
        // Most messages concern nobody in particular, and cost nothing more.
        sent.retain(|told| told.concerns_somebody() || directs.contains(&told.channel_id));
        for told in &sent {
            told.write(transaction, directs.contains(&told.channel_id)).await?;
        }
        let of = |ids: Vec<MessageId>| {
            let messages = among(transaction, entity::Column::MessageId, ids);
            Condition::all().add(entity::Column::WorkspaceId.eq(workspace_id)).add(messages)
        };
        let mut done = Done::default();
        if !deleted.is_empty() {
            let gone = of(deleted.into_iter().collect());
            done.untold = take_back(transaction, workspace_id, gone).await?;
        }
        if !sent.is_empty() {
            let new = of(sent.iter().map(|told| told.message_id).collect());
            done.told = entity::Entity::find().filter(new).order_by_asc(entity::Column::Seq).all(transaction).await?;
        }
        Ok(done)
    }

    async fn after(&self, done: Done) {
        for (workspace_id, member_id, private_rev) in done.untold.into_iter().take(SIGNALS) {
            self.rooms.signal(workspace_id, member_id, Signal::PrivateChanged { private_rev });
        }
        for row in done.told.into_iter().take(SIGNALS) {
            let Ok(snapshot) = self.database.snapshot(Scope::Workspace(row.workspace_id)).await else { continue };
            let unread = notification::service::unread(&snapshot, row.workspace_id, row.member_id).await;
            let Ok(unread) = unread else { continue };
            let signal = Signal::NotificationAdded {
                unread,
                seq: row.seq,
                channel_id: row.channel_id,
                message_id: row.message_id,
                reason: row.reason,
            };
            self.rooms.signal(row.workspace_id, row.member_id, signal);
        }
    }
}

/// What a run of events did.
#[derive(Debug, Default)]
pub struct Done {
    /// The notifications that were written.
    told: Vec<entity::Model>,
    /// Whose notifications went with a deleted message, and the revision of what is private to them since.
    untold: Vec<(WorkspaceId, MemberId, i64)>,
}

/// Deletes notifications; answers whose they were.
async fn take_back(
    transaction: &Transaction,
    workspace_id: WorkspaceId,
    gone: Condition,
) -> Result<Vec<(WorkspaceId, MemberId, i64)>> {
    let rows = entity::Entity::find().filter(gone.clone()).all(transaction).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    entity::Entity::delete_many().filter(gone).exec(transaction).await?;
    let members: BTreeSet<MemberId> = rows.into_iter().map(|row| row.member_id).collect();
    let whose = among(transaction, private::Column::MemberId, members.iter().copied());
    let whose = Condition::all().add(private::Column::WorkspaceId.eq(workspace_id)).add(whose);
    private::Entity::update_many()
        .col_expr(private::Column::Rev, Expr::col(private::Column::Rev).add(1))
        .filter(whose.clone())
        .exec(transaction)
        .await?;
    let revs: HashMap<MemberId, i64> = private::Entity::find()
        .filter(whose)
        .all(transaction)
        .await?
        .into_iter()
        .map(|row| (row.member_id, row.rev))
        .collect();
    // Who has no row has never written anything private; the signal alone makes their devices look again.
    Ok(members.into_iter().map(|id| (workspace_id, id, revs.get(&id).copied().unwrap_or(0))).collect())
}

fn deletion(event: &Event) -> Option<MessageId> {
    match &event.skeleton {
        Skeleton::MessageDeleted { message_id, .. } => Some(*message_id),
        _ => None,
    }
}

/// Which of the channels of these messages are direct.
async fn directs(
    transaction: &Transaction,
    workspace_id: WorkspaceId,
    sent: &[Told<'_>],
) -> Result<HashSet<ChannelId>> {
    let ids: BTreeSet<ChannelId> = sent.iter().map(|told| told.channel_id).collect();
    if ids.is_empty() {
        return Ok(HashSet::new());
    }
    let rows = channel::Entity::find()
        .filter(channel::Column::WorkspaceId.eq(workspace_id))
        .filter(channel::Column::Kind.eq(ChannelKind::Direct))
        .filter(among(transaction, channel::Column::Id, ids))
        .all(transaction)
        .await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// One message that people may have to be told of.
struct Told<'a> {
    event: &'a Event,
    message_id: MessageId,
    channel_id: ChannelId,
    thread: Option<MessageId>,
    mentions: &'a Mentions,
}

impl<'a> Told<'a> {
    fn of(event: &'a Event) -> Option<Self> {
        match &event.skeleton {
            Skeleton::MessageSent { message_id, channel_id, thread_id, mentions, .. } => {
                Some(Self { event, message_id: *message_id, channel_id: *channel_id, thread: *thread_id, mentions })
            }
            _ => None,
        }
    }

    /// Whether it mentions anybody or replies to somebody.
    fn concerns_somebody(&self) -> bool {
        self.thread.is_some() || *self.mentions != Mentions::default()
    }

    /// Writes the rows, strongest reason first: what stands stays.
    async fn write(&self, transaction: &Transaction, direct: bool) -> Result<()> {
        if !self.mentions.member_ids.is_empty() {
            self.tell(transaction, Reason::Mention, Some(&self.mentions.member_ids)).await?;
        }
        if let Some(root) = self.thread {
            let root = message::entity::Entity::find_by_id((self.event.workspace_id, root)).one(transaction).await?;
            if let Some(root) = root {
                let mut concerned = self.repliers(transaction, root.id).await?;
                concerned.push(root.author_id);
                self.tell(transaction, Reason::Reply, Some(&concerned)).await?;
            }
        }
        if direct {
            self.tell(transaction, Reason::Direct, None).await?;
        }
        if self.mentions.channel {
            self.tell(transaction, Reason::ChannelMention, None).await?;
        }
        Ok(())
    }

    /// Who had replied in the thread before.
    async fn repliers(&self, transaction: &Transaction, root: MessageId) -> Result<Vec<MemberId>> {
        use message::entity::{Column, Entity};
        Ok(Entity::find()
            .select_only()
            .column(Column::AuthorId)
            .distinct()
            .filter(Column::WorkspaceId.eq(self.event.workspace_id))
            .filter(Column::ThreadId.eq(root))
            .filter(Column::Seq.lt(self.event.seq))
            .filter(Column::DeletedAt.is_null())
            .limit(REPLIERS)
            .into_tuple()
            .all(transaction)
            .await?)
    }

    /// Tells those who were in the channel: all of them, or only those named.
    async fn tell(&self, transaction: &Transaction, reason: Reason, only: Option<&[MemberId]>) -> Result<()> {
        let mut values: Vec<Value> = vec![
            self.event.workspace_id.0.into(),
            self.channel_id.0.into(),
            self.event.seq.into(),
            self.event.actor_id.into(),
            sea_orm::ActiveEnum::to_value(&reason).into(),
            self.message_id.0.into(),
            self.event.at.0.into(),
        ];
        let named = only.map(|ids| {
            let list = places(values.len() + 1, ids.len());
            values.extend(ids.iter().map(|id| Value::from(id.0)));
            format!(" AND member_id IN ({list})")
        });
        let sql = format!(
            "INSERT INTO notification (workspace_id, member_id, seq, reason, channel_id, message_id, created_at) \
             SELECT $1, member_id, $3, $5, $2, $6, $7 FROM channel_member \
             WHERE workspace_id = $1 AND channel_id = $2 AND joined_seq <= $3 \
             AND (left_seq IS NULL OR left_seq > $3) AND member_id <> $4{} \
             ON CONFLICT DO NOTHING",
            named.unwrap_or_default()
        );
        transaction.execute_raw(statement(transaction, sql, values)).await?;
        Ok(())
    }
}
