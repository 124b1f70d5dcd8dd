//! Notification operations: list, and mark as read.

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QueryResult, QuerySelect, Value};

use crate::chat::workspace::view::View;
use crate::ground::db::batch_query::{self, among};
use crate::ground::db::statement;
use crate::ground::error::{Error, Result};
use crate::ground::page::{Page, Slice};
use crate::live::notification::unread;
use crate::live::read_state::writes::Write;
use crate::live::signal::Unread;
use crate::model::event::Seq;
use crate::model::message::projection::WHOLE_CHANNEL;
use crate::model::notification::Reason;
use crate::model::notification::entity::{Column, Entity, Model};

/// Returns the viewer's notifications in channels that they can still read, oldest first, each with whether it is read.
///
/// # Errors
/// Fails if the database is unavailable.
pub async fn list(view: &View, page: &Page<Seq>) -> Result<Slice<(Model, bool)>> {
    list_among(view, page, &[]).await
}

/// Returns the viewer's notifications about the messages with these sequence numbers, each with whether it is read.
///
/// # Errors
/// Fails if the database is unavailable.
pub async fn about(view: &View, seqs: &[Seq]) -> Result<Vec<(Model, bool)>> {
    let Some((first, last)) = seqs.iter().min().zip(seqs.iter().max()) else { return Ok(Vec::new()) };
    let page = Page { limit: seqs.len(), after: Some(first - 1), before: Some(last + 1), backward: false };
    Ok(list_among(view, &page, seqs).await?.items)
}

/// Like [`list`], but only about the messages with these sequence numbers, if there are any.
async fn list_among(view: &View, page: &Page<Seq>, seqs: &[Seq]) -> Result<Slice<(Model, bool)>> {
    let snapshot = view.snapshot().await?;
    let mut rows = personal(view, &*snapshot, page, seqs).await?;
    rows.extend(channel_mentions(view, &*snapshot, page, seqs).await?);
    rows.sort_unstable_by_key(|row| if page.backward { -row.seq } else { row.seq });
    rows.truncate(page.limit + 1);
    let marked = unread::marked_through(&*snapshot, view.id(), view.me().id).await?;
    let states = unread::channel_read_states(&*snapshot, view.id(), view.me().id).await?;
    let with_state = rows.into_iter().map(|row| {
        let is_read = states.get(&row.channel_id).is_none_or(|place| place.has_read(&row, marked));
        (row, is_read)
    });
    Ok(page.cut(with_state.collect()))
}

/// Reads the notifications addressed to the viewer.
async fn personal(
    view: &View,
    connection: &impl ConnectionTrait,
    page: &Page<Seq>,
    seqs: &[Seq],
) -> Result<Vec<Model>> {
    let readable = view.my_channels().map(|channel| channel.channel().id);
    let query = Entity::find()
        .filter(Column::WorkspaceId.eq(view.id()))
        .filter(Column::MemberId.eq(view.me().id))
        .filter(among(connection, Column::ChannelId, readable));
    let query = match seqs {
        [] => query,
        seqs => query.filter(among(connection, Column::Seq, seqs.iter().copied())),
    };
    let query = page.after.map_or(query.clone(), |after| query.filter(Column::Seq.gt(after)));
    let query = page.before.map_or(query.clone(), |before| query.filter(Column::Seq.lt(before)));
    let order = if page.backward { sea_orm::Order::Desc } else { sea_orm::Order::Asc };
    Ok(query.order_by(Column::Seq, order).limit(page.limit as u64 + 1).all(connection).await?)
}

/// Reads mentions of whole channels from the time that the viewer was a member, except messages that also notify them
/// personally. Reads at most a page per membership interval: a subquery finds the last row of the page first.
async fn channel_mentions(
    view: &View,
    connection: &impl ConnectionTrait,
    page: &Page<Seq>,
    seqs: &[Seq],
) -> Result<Vec<Model>> {
    let (wanted, wanted_seqs) = match seqs {
        [] => (None, Vec::new()),
        seqs => {
            let (rows, seqs) = batch_query::rows(connection, 8, seqs.iter().map(|seq| vec![(*seq).into()]).collect());
            (Some(rows), seqs)
        }
    };
    let is_wanted = |m: &str| wanted.as_ref().map_or_else(String::new, |rows| format!(" AND {m}.seq IN ({rows})"));
    let (order, beyond) = if page.backward { ("DESC", ">=") } else { ("ASC", "<=") };
    let counts = |m: &str| {
        format!(
            "{m}.workspace_id = $1 AND {m}.channel_id = s.channel_id AND {m}.target_id = $3 \
             AND {m}.seq > s.joined_seq AND {m}.seq < COALESCE(s.left_seq, $5) AND {m}.seq > $4 AND {m}.seq < $5 \
             AND {m}.author_id <> $2{}{}",
            is_wanted(m),
            unread::not_own(m)
        )
    };
    let end = if page.backward { 0 } else { Seq::MAX };
    let sql = format!(
        "SELECT m.seq, m.channel_id, m.message_id, m.in_thread, t.created_at FROM channel_member s \
         JOIN channel_member c ON c.workspace_id = $1 AND c.member_id = $2 AND c.channel_id = s.channel_id \
         AND c.left_seq IS NULL \
         JOIN mention m ON {} AND m.seq {beyond} COALESCE((SELECT e.seq FROM mention e WHERE {} \
         ORDER BY e.seq {order} LIMIT 1 OFFSET $6), {end}) \
         JOIN message t ON t.workspace_id = $1 AND t.id = m.message_id \
         WHERE s.workspace_id = $1 AND s.member_id = $2 ORDER BY m.seq {order} LIMIT $7",
        counts("m"),
        counts("e")
    );
    let limit = i64::try_from(page.limit).unwrap_or(i64::MAX);
    let values: [Value; 7] = [
        view.id().0.into(),
        view.me().id.0.into(),
        WHOLE_CHANNEL.0.into(),
        page.after.unwrap_or(0).into(),
        page.before.unwrap_or(Seq::MAX).into(),
        limit.into(),
        (limit + 1).into(),
    ];
    let values = values.into_iter().chain(wanted_seqs);
    let rows = connection.query_all_raw(statement(connection, sql, values)).await?;
    rows.iter().map(|row| channel_mention(view, row)).collect()
}

fn channel_mention(view: &View, row: &QueryResult) -> Result<Model> {
    Ok(Model {
        workspace_id: view.id(),
        member_id: view.me().id,
        seq: row.try_get("", "seq")?,
        reason: Reason::ChannelMention,
        channel_id: row.try_get("", "channel_id")?,
        message_id: row.try_get("", "message_id")?,
        in_thread: row.try_get("", "in_thread")?,
        created_at: row.try_get("", "created_at")?,
    })
}

/// Validates the `seq` up to which notifications or messages are marked as read.
///
/// # Errors
/// `BAD_USER_INPUT` beyond the log.
pub fn require_seq_in_log(view: &View, seq: Seq) -> Result<Seq> {
    if !(0..=view.seq()).contains(&seq) {
        return Err(Error::invalid("seq", "The sequence number is beyond the end of the log."));
    }
    Ok(seq)
}

/// Marks the viewer's notifications up to `seq` as read. Returns the remaining unread count and the private revision.
///
/// # Errors
/// `BAD_USER_INPUT` beyond the log.
pub async fn mark_read(view: &View, seq: Seq) -> Result<(Unread, i64)> {
    let seq = require_seq_in_log(view, seq)?;
    let (app, key) = (view.app(), (view.id(), view.me().id));
    let rev = app.private.write(key, Write::Notifications { seq }).await?;
    let snapshot = view.current_snapshot().await?;
    Ok((unread::count(&*snapshot, key.0, key.1).await?, rev))
}
