//! The `Thread` type, and pages of the messages of a channel or thread.

use std::sync::Arc;

use async_graphql::{ID, Object, Result};

use super::graphql::{Message, MessageConnection};
use super::query;
use crate::chat::graphql::context::id_in;
use crate::chat::graphql::limits::page_cost;
use crate::chat::member::graphql::{Member, member_of};
use crate::chat::workspace::view::{ReadableChannel, View};
use crate::ground::clock::Timestamp;
use crate::ground::error::Error;
use crate::ground::id::{MessageId, ThreadId};
use crate::ground::page::{self, page};
use crate::model::event::Seq;
use crate::model::message::entity::Model;

/// The replies to a message.
#[derive(Clone)]
pub struct Thread {
    root: Arc<Model>,
    view: Arc<View>,
}

impl Thread {
    /// The thread that a message starts; `None` without replies.
    pub fn started_by(view: &Arc<View>, root: Arc<Model>) -> Option<Self> {
        (root.replies > 0).then(|| Self { root, view: view.clone() })
    }
}

/// The replies to a message.
#[Object]
impl Thread {
    /// The ID of the thread: `thr_` followed by the same 52 characters as in the ID of the message that starts it.
    pub async fn id(&self) -> ID {
        ThreadId(self.root.id.0).in_workspace(self.view.id()).into()
    }

    /// The message that starts the thread.
    async fn root(&self) -> Message {
        Message::viewed(&self.view, (*self.root).clone())
    }

    /// Number of replies, excluding deleted ones.
    async fn reply_count(&self) -> i32 {
        self.root.replies
    }

    /// When the last reply was sent.
    async fn last_reply_at(&self) -> Timestamp {
        self.root.last_reply_at.unwrap_or(self.root.created_at)
    }

    /// The first 10 members who replied.
    async fn participants(&self) -> Result<Vec<Member>> {
        let ids = query::participants(&self.view, self.root.id).await?;
        Ok(ids.into_iter().map(|id| member_of(&self.view, id)).collect::<Result<_, _>>()?)
    }

    /// The replies in order of `seq`. Paginate with `first` and `after`, or with `last` and `before`. To open the
    /// thread at a certain reply, pass `around` with the page size in `first`.
    ///
    /// Errors: `BAD_USER_INPUT` for an invalid cursor or combination of arguments, `NOT_FOUND` if the message in
    /// `around` does not exist.
    #[graphql(complexity = "page_cost(first, last).saturating_mul(child_complexity).saturating_add(1)")]
    async fn replies(
        &self,
        #[graphql(desc = "Number of items to return from the start. Defaults to 50, maximum 100.")] first: Option<i32>,
        #[graphql(desc = "Returns only items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Number of items to return from the end. Maximum 100.")] last: Option<i32>,
        #[graphql(desc = "Returns only items before this cursor.")] before: Option<String>,
        #[graphql(desc = "The ID of a reply to center the page on.")] around: Option<ID>,
    ) -> Result<MessageConnection> {
        let channel = self.view.channel(self.root.channel_id)?;
        let arguments = PageArguments { first, after, last, before, around, around_seq: None };
        Ok(connection(&self.view, &channel, Some(self.root.id), arguments).await?)
    }
}

/// The arguments of a list of messages.
pub struct PageArguments {
    pub first: Option<i32>,
    pub after: Option<String>,
    pub last: Option<i32>,
    pub before: Option<String>,
    pub around: Option<ID>,
    pub around_seq: Option<Seq>,
}

/// Resolves a page of messages.
///
/// # Errors
/// `BAD_USER_INPUT` for an invalid combination of arguments, `NOT_FOUND` if the message in `around` is not in the list.
pub async fn connection(
    view: &Arc<View>,
    channel: &ReadableChannel,
    thread: Option<MessageId>,
    arguments: PageArguments,
) -> Result<MessageConnection, Error> {
    let bounded = arguments.after.is_some() || arguments.before.is_some() || arguments.last.is_some();
    let only_size = |field, refused| match refused {
        true => Err(Error::invalid(field, format!("{field} can only be combined with first."))),
        false => page::size("first", arguments.first),
    };
    let slice = match (&arguments.around, arguments.around_seq) {
        (Some(around), other) => {
            let limit = only_size("around", bounded || other.is_some())?;
            query::around(view, channel, thread, id_in(view.id(), "around", around)?, limit).await?
        }
        (None, Some(seq)) => {
            let limit = only_size("aroundSeq", bounded)?;
            query::around_position(view, channel, thread, seq, limit).await?
        }
        (None, None) => {
            let page =
                page::<Seq>(arguments.first, arguments.after.as_deref(), arguments.last, arguments.before.as_deref())?;
            query::history(view, channel, thread, &page, page::BYTES).await?
        }
    };
    let messages = slice.map(|rows| Message::viewed_all(view, rows));
    Ok(MessageConnection::new(messages, |message| page::cursor(&message.sent_seq()), |message| message))
}
