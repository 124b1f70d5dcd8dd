//! Plays a script on the server: several people at once, but every channel in the order of the script.
//!
//! A line that the server refuses is counted and remembered, not fatal; a server that goes away is.
//! It knows neither how the script was written nor how the company was made.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use indicatif::ProgressBar;
use rand::RngExt;
use rand::rngs::Xoshiro256PlusPlus;
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::fill::resolve;
use super::ids::Run;
use super::script::{Conversation, Deed, Line};
use super::settle::Settled;
use super::wire::Failure;

const SEND: &str = "mutation SendMessage($input: SendMessageInput!) {
  sendMessage(input: $input) { message { id } seq } }";
const EDIT: &str = "mutation EditMessage($input: EditMessageInput!) { editMessage(input: $input) { seq } }";
const DELETE: &str = "mutation DeleteMessage($input: DeleteMessageInput!) { deleteMessage(input: $input) { seq } }";
const REACT: &str = "mutation AddReaction($input: AddReactionInput!) { addReaction(input: $input) { seq } }";
const BOOT: &str = "query Boot($workspaceId: ID!) {
  boot(workspaceId: $workspaceId) { seq channels { id reading { epoch unreadCount } } } }";
const MARK_READ: &str = "mutation MarkRead($input: MarkReadInput!) { markRead(input: $input) { privateRev } }";
/// So many refusals are kept to be shown.
const SHOWN: usize = 5;

/// What was done.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Figures {
    /// Messages, replies among them.
    pub messages: usize,
    /// Messages in threads.
    pub replies: usize,
    /// Reactions.
    pub reactions: usize,
    /// Messages edited.
    pub edits: usize,
    /// Messages deleted.
    pub deletions: usize,
    /// How long it took.
    pub took: Duration,
    /// What the server refused.
    pub refused: usize,
    /// The first refusals.
    pub refusals: Vec<String>,
}

/// The conversations that wait, and the channels where one is going on.
struct Queue {
    waiting: VecDeque<usize>,
    busy: Vec<bool>,
}

impl Queue {
    fn new(conversations: usize, channels: usize) -> Self {
        Self { waiting: (0..conversations).collect(), busy: vec![false; channels] }
    }

    /// The first conversation whose channel is free; its channel is then busy.
    fn take(&mut self, script: &[Conversation]) -> Option<usize> {
        let free = |number: &usize| !self.busy[script[*number].channel];
        let at = self.waiting.iter().position(free)?;
        let number = self.waiting.remove(at)?;
        self.busy[script[number].channel] = true;
        Some(number)
    }
}

/// A script on its way.
pub struct Player<'a> {
    settled: &'a Settled,
    script: &'a [Conversation],
    run: Run,
    bar: &'a ProgressBar,
    queue: Mutex<Queue>,
    freed: Notify,
    figures: Mutex<Figures>,
}

impl<'a> Player<'a> {
    /// Prepares to play.
    pub fn new(settled: &'a Settled, script: &'a [Conversation], run: Run, bar: &'a ProgressBar) -> Self {
        Self {
            settled,
            script,
            run,
            bar,
            queue: Mutex::new(Queue::new(script.len(), settled.channels.len())),
            freed: Notify::new(),
            figures: Mutex::default(),
        }
    }

    /// Plays everything, so many conversations at once.
    ///
    /// # Errors
    /// The server went away or ended a sign-in.
    pub async fn play(self, at_once: NonZeroUsize) -> Result<Figures, Failure> {
        let begun = Instant::now();
        try_join_all((0..at_once.get()).map(|_| self.work())).await?;
        let figures = self.figures.into_inner();
        Ok(Figures { took: begun.elapsed(), ..figures.unwrap_or_else(PoisonError::into_inner) })
    }

    async fn work(&self) -> Result<(), Failure> {
        loop {
            let freed = self.freed.notified();
            let (next, more) = {
                let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
                (queue.take(self.script), !queue.waiting.is_empty())
            };
            match next {
                Some(number) => {
                    for line in 0..self.script[number].lines.len() {
                        self.line(number, line).await?;
                        self.bar.inc(1);
                    }
                    let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
                    queue.busy[self.script[number].channel] = false;
                    drop(queue);
                    self.freed.notify_waiters();
                }
                None if more => freed.await,
                None => return Ok(()),
            }
        }
    }

    async fn line(&self, conversation: usize, at: usize) -> Result<(), Failure> {
        let Line { who, deed } = &self.script[conversation].lines[at];
        let (document, input) = self.request(conversation, at, deed);
        let result = self.settled.people[*who].call(document, &json!({ "input": input })).await;
        let mut figures = self.figures.lock().unwrap_or_else(PoisonError::into_inner);
        match result {
            Ok(_) => figures.count(deed),
            Err(failure @ Failure::Refused { .. }) if !failure.is("UNAUTHENTICATED") => {
                figures.refused += 1;
                if figures.refusals.len() < SHOWN {
                    figures.refusals.push(format!("{deed:?}: {failure}"));
                }
            }
            Err(failure) => return Err(failure),
        }
        Ok(())
    }

    fn request(&self, conversation: usize, at: usize, deed: &Deed) -> (&'static str, Value) {
        let workspace = &self.settled.workspace;
        let message = |line: usize| self.run.message(conversation, line);
        let command = || self.run.command(&format!("line {conversation} {at}"));
        match deed {
            Deed::Say { text, thread } => {
                let channel = &self.settled.channels[self.script[conversation].channel];
                let text = resolve(text, &self.settled.members);
                let thread = thread.map(message);
                let input = json!({ "workspaceId": workspace, "id": message(at),
                    "channelId": channel, "threadId": thread, "text": text, "confirmChannelMention": true });
                (SEND, input)
            }
            Deed::Edit { message: of, text } => {
                let text = resolve(text, &self.settled.members);
                let input = json!({ "workspaceId": workspace, "commandId": command(),
                    "messageId": message(*of), "text": text, "confirmChannelMention": true });
                (EDIT, input)
            }
            Deed::Delete { message: of } => {
                let input = json!({ "workspaceId": workspace, "commandId": command(), "messageId": message(*of) });
                (DELETE, input)
            }
            Deed::React { message: of, emoji } => {
                let input = json!({ "workspaceId": workspace, "commandId": command(),
                    "messageId": message(*of), "emoji": emoji });
                (REACT, input)
            }
        }
    }
}

impl Figures {
    fn count(&mut self, deed: &Deed) {
        match deed {
            Deed::Say { thread, .. } => {
                self.messages += 1;
                self.replies += usize::from(thread.is_some());
            }
            Deed::React { .. } => self.reactions += 1,
            Deed::Edit { .. } => self.edits += 1,
            Deed::Delete { .. } => self.deletions += 1,
        }
    }
}

/// Lets somebody read most of their channels, so that unread counts look like those of a working day.
///
/// # Errors
/// The server refuses it or goes away.
pub async fn read(settled: &Settled, who: usize, rng: &mut Xoshiro256PlusPlus) -> Result<(), Failure> {
    let client = &settled.people[who];
    let workspace = &settled.workspace;
    let answer = client.call(BOOT, &json!({ "workspaceId": workspace })).await?;
    let Some(seq) = answer.pointer("/boot/seq").and_then(Value::as_u64) else {
        return Err(Failure::Unreachable("boot has no seq".into()));
    };
    let channels = answer.pointer("/boot/channels").and_then(Value::as_array);
    for channel in channels.into_iter().flatten() {
        let unread = channel.pointer("/reading/unreadCount").and_then(Value::as_u64);
        let epoch = channel.pointer("/reading/epoch").and_then(Value::as_i64);
        if let (Some(1..), Some(epoch)) = (unread, epoch)
            && rng.random_bool(0.7)
        {
            let input = json!({ "workspaceId": workspace, "channelId": channel["id"], "seq": seq, "epoch": epoch });
            client.call(MARK_READ, &json!({ "input": input })).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_has_one_conversation_at_a_time_and_keeps_their_order() {
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
