//! Notifications: list, count, and mark as read.

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::entity::{Column, Entity, Model};
use crate::db::statement;
use crate::error::{Error, Result};
use crate::event::Seq;
use crate::id::{MemberId, WorkspaceId};
use crate::page::{Page, Slice};
use crate::reading::entity::private;
use crate::reading::service::Write;
use crate::workspace::view::View;

/// Unread notifications are counted up to this many.
pub const COUNT_MAX: i64 = 1000;

/// The viewer's notifications in channels that they may still read, oldest first as all lists.
///
/// # Errors
/// When the database does not answer.
pub async fn list(view: &View, page: &Page<Seq>) -> Result<Slice<Model>> {
    let readable = view.my_channels().map(|channel| channel.channel().id);
    let query = Entity::find()
        .filter(Column::WorkspaceId.eq(view.id()))
        .filter(Column::MemberId.eq(view.me().id))
        .filter(Column::ChannelId.is_in(readable));
    let query = page.after.map_or(query.clone(), |after| query.filter(Column::Seq.gt(after)));
    let query = page.before.map_or(query.clone(), |before| query.filter(Column::Seq.lt(before)));
    let order = if page.backward { sea_orm::Order::Desc } else { sea_orm::Order::Asc };
    let rows = query.order_by(Column::Seq, order).limit(page.limit as u64 + 1).all(&*view.snapshot().await?).await?;
    Ok(page.cut(rows))
}

/// How many notifications of a member are unread, capped: those that were not marked as read, and whose
/// message was not read in its channel either (reading a channel does not read its threads).
///
/// # Errors
/// When the database does not answer.
pub async fn unread(connection: &impl ConnectionTrait, workspace_id: WorkspaceId, member_id: MemberId) -> Result<i64> {
    let sql = "SELECT count(*) AS n FROM (SELECT 1 FROM notification n \
               WHERE n.workspace_id = $1 AND n.member_id = $2 AND n.seq > COALESCE(\
               (SELECT p.notifications_read_seq FROM private p WHERE p.workspace_id = $1 AND p.member_id = $2), 0) \
               AND EXISTS (SELECT 1 FROM channel_member m WHERE m.workspace_id = $1 AND m.member_id = $2 \
               AND m.channel_id = n.channel_id AND m.left_seq IS NULL) \
               AND NOT EXISTS (SELECT 1 FROM reading r JOIN message t ON t.workspace_id = r.workspace_id \
               AND t.id = n.message_id AND t.thread_id IS NULL WHERE r.workspace_id = $1 AND r.member_id = $2 \
               AND r.channel_id = n.channel_id AND r.last_read_seq >= n.seq) \
               LIMIT $3) AS u";
    let values = [workspace_id.0.into(), member_id.0.into(), COUNT_MAX.into()];
    let row = connection.query_one_raw(statement(connection, sql, values)).await?;
    row.map_or(Ok(0), |row| Ok(row.try_get("", "n")?))
}

/// Up to where the viewer's notifications are read.
///
/// # Errors
/// When the database does not answer.
pub async fn read_seq(view: &View) -> Result<Seq> {
    let row = private::Entity::find_by_id((view.id(), view.me().id)).one(&*view.snapshot().await?).await?;
    Ok(row.map_or(0, |row| row.notifications_read_seq))
}

/// Checks a number up to which something is marked.
///
/// # Errors
/// `BAD_USER_INPUT` beyond the log.
pub fn check_seq(view: &View, seq: Seq) -> Result<Seq> {
    if !(0..=view.seq()).contains(&seq) {
        return Err(Error::invalid("seq", "The log of this workspace does not reach so far."));
    }
    Ok(seq)
}

/// Marks the viewer's notifications up to `seq` as read; answers how many are left, and the revision.
///
/// # Errors
/// `BAD_USER_INPUT` beyond the log.
pub async fn mark_read(view: &View, seq: Seq) -> Result<(i64, i64)> {
    let seq = check_seq(view, seq)?;
    let (app, key) = (view.app(), (view.id(), view.me().id));
    let rev = app.private.write(app, key, Write::Notifications { seq }).await?;
    let snapshot = view.now().await?;
    Ok((unread(&snapshot, key.0, key.1).await?, rev))
}
