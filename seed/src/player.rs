//! Sends a script to the server: several conversations concurrently, one at a time per channel, in script order.
//!
//! Counts lines that the server rejects and continues; fails if the server stays unavailable.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use indicatif::ProgressBar;
use rand::RngExt;
use rand::rngs::Xoshiro256PlusPlus;
use serde_json::{Value, json};
use testbed::client::RequestError;
use tokio::sync::Notify;

use crate::conversation::{Action, Conversation, Line};
use crate::ids::Run;
use crate::provision::Provisioned;
use crate::render::resolve;

const BOOT: &str = "query Boot($workspaceId: ID!) {
  boot(workspaceId: $workspaceId) { seq channels { id readState { epoch unreadCount } } } }";
/// Rejections kept for the summary.
const MAX_REJECTIONS: usize = 5;

/// What was sent.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Stats {
    /// Messages, including replies.
    pub messages: usize,
    /// Replies in threads.
    pub replies: usize,
    /// Reactions.
    pub reactions: usize,
    /// Edits.
    pub edits: usize,
    /// Deletions.
    pub deletions: usize,
    /// Elapsed time.
    pub elapsed: Duration,
    /// Rejected lines.
    pub rejected: usize,
    /// The first rejections.
    pub rejections: Vec<String>,
}

/// Pending conversations, and the channels that have one in progress.
struct Queue {
    pending: VecDeque<usize>,
    busy: Vec<bool>,
}

impl Queue {
    fn new(conversations: usize, channels: usize) -> Self {
        Self { pending: (0..conversations).collect(), busy: vec![false; channels] }
    }

    /// Takes the first conversation whose channel is idle, and marks the channel busy.
    fn take(&mut self, script: &[Conversation]) -> Option<usize> {
        let is_idle = |number: &usize| !self.busy[script[*number].channel];
        let at = self.pending.iter().position(is_idle)?;
        let number = self.pending.remove(at)?;
        self.busy[script[number].channel] = true;
        Some(number)
    }
}

/// A script being sent.
pub struct Player<'a> {
    provisioned: &'a Provisioned,
    script: &'a [Conversation],
    run: Run,
    bar: &'a ProgressBar,
    queue: Mutex<Queue>,
    channel_idle: Notify,
    stats: Mutex<Stats>,
}

impl<'a> Player<'a> {
    /// Creates a player.
    pub fn new(provisioned: &'a Provisioned, script: &'a [Conversation], run: Run, bar: &'a ProgressBar) -> Self {
        Self {
            provisioned,
            script,
            run,
            bar,
            queue: Mutex::new(Queue::new(script.len(), provisioned.channels.len())),
            channel_idle: Notify::new(),
            stats: Mutex::default(),
        }
    }

    /// Sends the script with `concurrency` conversations in parallel.
    ///
    /// # Errors
    /// The server became unreachable or ended a session.
    pub async fn play(self, concurrency: NonZeroUsize) -> Result<Stats, RequestError> {
        let started = Instant::now();
        try_join_all((0..concurrency.get()).map(|_| self.run_worker())).await?;
        let stats = self.stats.into_inner();
        Ok(Stats { elapsed: started.elapsed(), ..stats.unwrap_or_else(PoisonError::into_inner) })
    }

    async fn run_worker(&self) -> Result<(), RequestError> {
        loop {
            let channel_idle = self.channel_idle.notified();
            let (next, has_pending) = {
                let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
                (queue.take(self.script), !queue.pending.is_empty())
            };
            match next {
                Some(number) => {
                    for line in 0..self.script[number].lines.len() {
                        self.send_line(number, line).await?;
                        self.bar.inc(1);
                    }
                    let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
                    queue.busy[self.script[number].channel] = false;
                    drop(queue);
                    self.channel_idle.notify_waiters();
                }
                None if has_pending => channel_idle.await,
                None => return Ok(()),
            }
        }
    }

    async fn send_line(&self, conversation: usize, at: usize) -> Result<(), RequestError> {
        let Line { who, action } = &self.script[conversation].lines[at];
        let (mutation, input) = self.request(conversation, at, action);
        let result = self.provisioned.clients[*who].try_mutate(mutation, &input, "seq").await;
        let mut stats = self.stats.lock().unwrap_or_else(PoisonError::into_inner);
        match result {
            Ok(_) => stats.count(action),
            Err(error @ RequestError::Rejected { .. }) if error.code() != "UNAUTHENTICATED" => {
                stats.rejected += 1;
                if stats.rejections.len() < MAX_REJECTIONS {
                    stats.rejections.push(format!("{action:?}: {error}"));
                }
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn request(&self, conversation: usize, at: usize, action: &Action) -> (&'static str, Value) {
        let message = |line: usize| self.run.message(conversation, line);
        let command = || self.run.command(&format!("line {conversation} {at}"));
        match action {
            Action::Send { text, thread } => {
                let channel = &self.provisioned.channels[self.script[conversation].channel];
                let text = resolve(text, &self.provisioned.member_ids);
                let thread = thread.map(message);
                let input = json!({ "id": message(at),
                    "channelId": channel, "threadId": thread, "text": text, "confirmChannelMention": true });
                ("sendMessage", input)
            }
            Action::Edit { message: of, text } => {
                let text = resolve(text, &self.provisioned.member_ids);
                let input = json!({ "commandId": command(),
                    "messageId": message(*of), "text": text, "confirmChannelMention": true });
                ("editMessage", input)
            }
            Action::Delete { message: of } => {
                let input = json!({ "commandId": command(), "messageId": message(*of) });
                ("deleteMessage", input)
            }
            Action::React { message: of, emoji } => {
                let input = json!({ "commandId": command(), "messageId": message(*of), "emoji": emoji });
                ("addReaction", input)
            }
        }
    }
}

impl Stats {
    fn count(&mut self, action: &Action) {
        match action {
            Action::Send { thread, .. } => {
                self.messages += 1;
                self.replies += usize::from(thread.is_some());
            }
            Action::React { .. } => self.reactions += 1,
            Action::Edit { .. } => self.edits += 1,
            Action::Delete { .. } => self.deletions += 1,
        }
    }
}

/// Marks most of a member's channels as read, for realistic unread counts.
///
/// # Errors
/// The server rejects a request or becomes unreachable.
pub async fn mark_read(
    provisioned: &Provisioned,
    who: usize,
    rng: &mut Xoshiro256PlusPlus,
) -> Result<(), RequestError> {
    let client = &provisioned.clients[who];
    let workspace = &provisioned.workspace;
    let data = client.try_query(BOOT, json!({ "workspaceId": workspace })).await?;
    let Some(seq) = data.pointer("/boot/seq").and_then(Value::as_u64) else {
        return Err(RequestError::NoResponse("`boot` without `seq`".into()));
    };
    let channels = data.pointer("/boot/channels").and_then(Value::as_array);
    for channel in channels.into_iter().flatten() {
        let unread = channel.pointer("/readState/unreadCount").and_then(Value::as_u64);
        let epoch = channel.pointer("/readState/epoch").and_then(Value::as_i64);
        if let (Some(1..), Some(epoch)) = (unread, epoch)
            && rng.random_bool(0.7)
        {
            let input = json!({ "channelId": channel["id"], "seq": seq, "epoch": epoch });
            client.try_mutate("markRead", &input, "privateRev").await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_one_conversation_per_channel_in_order() {
        let script: Vec<Conversation> = [0, 0, 1, 0].map(|channel| Conversation { channel, lines: Vec::new() }).into();
        let mut queue = Queue::new(4, 2);
        assert_eq!(queue.take(&script), Some(0));
        assert_eq!(queue.take(&script), Some(2), "channel 0 is busy");
        assert_eq!(queue.take(&script), None);
        queue.busy[0] = false;
        assert_eq!(queue.take(&script), Some(1));
        queue.busy[0] = false;
        assert_eq!(queue.take(&script), Some(3));
    }
}
