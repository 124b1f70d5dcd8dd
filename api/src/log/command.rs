//! Commands: requested changes to a log, and their dispatch to the modules that decide them.
//!
//! Deciding is pure: it maps workspace state, facts and a command to event drafts or an error. Time and ids are inputs,
//! from the command and the facts.

use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::facts::{Facts, ReadSet};
use crate::error::{Error, Result};
use crate::event::{Body, Skeleton};
use crate::id::{AccountId, MemberId, WorkspaceId};
use crate::workspace::state::{Member, Workspace};
use crate::{account, channel, emoji, file, invite, member, message, reaction, session, workspace};

/// A command of any kind.
#[derive(Debug, Clone, Serialize)]
pub enum Command {
    Account(account::command::Command),
    Session(session::command::Command),
    Workspace(workspace::command::Command),
    Member(member::command::Command),
    Invite(invite::command::Command),
    Channel(channel::command::Command),
    Message(message::command::Command),
    Reaction(reaction::command::Command),
    File(file::command::Command),
    Emoji(emoji::command::Command),
}

macro_rules! commands_of {
    ($($noun:ident as $variant:ident),*) => {$(
        impl From<$noun::command::Command> for Command {
            fn from(command: $noun::command::Command) -> Self {
                Self::$variant(command)
            }
        }
    )*};
}

commands_of! {
    account as Account, session as Session, workspace as Workspace, member as Member,
    invite as Invite, channel as Channel, message as Message, reaction as Reaction,
    file as File, emoji as Emoji
}

/// A command submitted to the lane of a log.
#[derive(Debug, Clone)]
pub struct Submission {
    /// The log to append to.
    pub workspace_id: WorkspaceId,
    /// The account that issued the command.
    pub account_id: AccountId,
    /// Idempotency key: retries with the same id take effect once.
    pub command_id: Uuid,
    /// The requested change.
    pub command: Command,
}

/// An event to be appended. Its sequence number, time and salt are assigned on append.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The acting member, or the acting account in the server's log.
    pub actor_id: Uuid,
    /// What happened.
    pub skeleton: Skeleton,
    /// Its erasable texts.
    pub body: Body,
}

impl Draft {
    /// Creates a draft of an event caused by a member.
    pub fn by(member: MemberId, skeleton: Skeleton, body: Body) -> Self {
        Self { actor_id: member.0, skeleton, body }
    }

    /// Creates a draft of an event caused by an account, in the server's log.
    pub fn by_account(account: AccountId, skeleton: Skeleton, body: Body) -> Self {
        Self { actor_id: account.0, skeleton, body }
    }
}

impl Submission {
    /// Identifies the command within its log.
    pub fn key(&self) -> (AccountId, Uuid) {
        (self.account_id, self.command_id)
    }

    /// Returns a hash that distinguishes a retry from a different command under the same id.
    ///
    /// # Errors
    /// Returns `INTERNAL` if the command cannot be serialized.
    pub fn input_hash(&self) -> Result<Vec<u8>> {
        let json = serde_json::to_vec(&self.command).map_err(Error::internal)?;
        Ok(Sha256::digest(json).to_vec())
    }

    /// Adds the rows needed to decide this command to the read set.
    pub fn add_reads(&self, reads: &mut ReadSet) {
        match &self.command {
            Command::Account(command) => command.add_reads(reads),
            Command::Session(command) => command.add_reads(reads, self.account_id),
            Command::Invite(command) => command.add_reads(reads, self.account_id),
            Command::Member(command) => command.add_reads(reads, self.account_id),
            Command::Message(command) => command.add_reads(reads),
            Command::Reaction(command) => command.add_reads(reads, self.account_id),
            Command::File(command) => command.add_reads(reads),
            Command::Emoji(command) => command.add_reads(reads),
            Command::Workspace(command) => command.add_reads(reads),
            Command::Channel(_) => {}
        }
    }

    /// Decides the command: returns the events to append, or the reason for its rejection.
    ///
    /// # Errors
    /// Returns the error of the rule that the command violates.
    pub fn decide(&self, workspace: &Workspace, facts: &Facts) -> Result<Vec<Draft>> {
        let account = self.account_id;
        match &self.command {
            Command::Account(command) => command.decide(facts),
            Command::Session(command) => command.decide(account, facts),
            Command::Workspace(command) => command.decide(workspace, facts, account),
            Command::Member(command) => command.decide(workspace, facts, account),
            Command::Invite(command) => command.decide(workspace, facts, account),
            Command::Channel(command) => command.decide(workspace, facts, account),
            Command::Message(command) => command.decide(workspace, facts, account),
            Command::Reaction(command) => command.decide(workspace, facts, account),
            Command::File(command) => command.decide(workspace, facts, account),
            Command::Emoji(command) => command.decide(workspace, facts, account),
        }
    }

    /// The size of the command in bytes, counted against the size of a batch.
    pub fn weight(&self) -> usize {
        match &self.command {
            Command::Message(command) => command.weight(),
            Command::File(command) => command.weight(),
            _ => 512,
        }
    }
}

/// Returns the active member that belongs to `account`.
///
/// # Errors
/// Returns `NOT_FOUND` for all other accounts, which must not learn that the workspace exists.
pub fn require_member(workspace: &Workspace, account: AccountId) -> Result<&Member> {
    workspace.active_member_of(account).map(AsRef::as_ref).ok_or(Error::NotFound("workspace"))
}
