//! Read state operations: the private writes that move cursors, which `marks.rs` batches.

use crate::chat::channel::access::require_joined;
use crate::chat::workspace::view::View;
use crate::chat::{message, notification};
use crate::ground::error::{Error, Result};
use crate::ground::id::{ChannelId, MessageId};
use crate::live::read_state::counts::read_states;
use crate::live::read_state::writes::Write;
use crate::live::signal::ReadState;
use crate::model::event::Seq;

/// Marks a channel as read up to `seq`. Never moves the cursor back.
///
/// # Errors
/// `NOT_FOUND`, `FORBIDDEN` unless the viewer is in the channel, `BAD_USER_INPUT` if `seq` is beyond the log.
pub async fn mark_read(view: &View, channel_id: ChannelId, seq: Seq, epoch: i32) -> Result<(ReadState, i64)> {
    require_joined(view.workspace(), view.me(), channel_id)?;
    let seq = notification::service::require_seq_in_log(view, seq)?;
    write_read_state(view, channel_id, Write::Read { channel_id, seq, epoch }).await
}

/// Marks a message and everything after it in its channel as unread, in a new epoch.
///
/// # Errors
/// `NOT_FOUND`, `FORBIDDEN` unless the viewer is in its channel.
pub async fn mark_unread(view: &View, message_id: MessageId) -> Result<(ReadState, i64)> {
    let message = message::query::find_now(view, message_id).await?;
    let channel_id = message.channel_id;
    require_joined(view.workspace(), view.me(), channel_id)?;
    write_read_state(view, channel_id, Write::Unread { channel_id, seq: message.seq - 1 }).await
}

async fn write_read_state(view: &View, channel_id: ChannelId, write: Write) -> Result<(ReadState, i64)> {
    let key = (view.id(), view.me().id);
    let rev = view.app().private.write(key, write).await?;
    let snapshot = view.current_snapshot().await?;
    let read_states = read_states(&*snapshot, key.0, key.1, Some(&[channel_id])).await?;
    let read_state = read_states.get(&channel_id).copied().ok_or(Error::NotFound("channel"))?;
    Ok((read_state, rev))
}
