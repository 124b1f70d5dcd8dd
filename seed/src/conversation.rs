//! A conversation: what the members of a channel do, in order.

/// An action of a member. Messages are referred to by their line in the conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The index of the member.
    pub who: usize,
    /// The action.
    pub action: Action,
}

/// An action in a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Sends a message, optionally as a reply to an earlier line.
    Send {
        /// With mention markers.
        text: String,
        /// The line that starts the thread.
        thread: Option<usize>,
    },
    /// Edits the member's own message.
    Edit {
        /// The line of the message.
        message: usize,
        /// With mention markers.
        text: String,
    },
    /// Deletes the member's own message.
    Delete {
        /// The line of the message.
        message: usize,
    },
    /// Reacts to a message.
    React {
        /// The line of the message.
        message: usize,
        /// The emoji.
        emoji: String,
    },
}

/// An ordered list of actions in one channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// The index of the channel.
    pub channel: usize,
    /// The actions.
    pub lines: Vec<Line>,
}

impl Conversation {
    /// The number of messages.
    pub fn messages(&self) -> usize {
        let says = |line: &&Line| matches!(line.action, Action::Send { .. });
        self.lines.iter().filter(says).count()
    }
}
