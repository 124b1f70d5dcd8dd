//! Commands: what somebody wants to happen in a log, and the dispatch to the nouns that decide them.
//!
//! Deciding is pure: state, facts and command in, drafts of events or an error out. Time and ids come
//! in with the command and the facts.

use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::facts::{Facts, Wants};
use crate::error::{Error, Result};
use crate::event::{Body, Skeleton};
use crate::id::{AccountId, MemberId, WorkspaceId};
use crate::workspace::state::{Member, Workspace};
use crate::{account, channel, emoji, file, invite, member, message, reaction, sign_in, workspace};

/// A command of any noun.
#[derive(Debug, Clone, Serialize)]
pub enum Command {
    Account(account::command::Command),
    SignIn(sign_in::command::Command),
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
    account as Account, sign_in as SignIn, workspace as Workspace, member as Member,
    invite as Invite, channel as Channel, message as Message, reaction as Reaction,
    file as File, emoji as Emoji
}

/// A command on its way to the lane of a log.
#[derive(Debug, Clone)]
pub struct Submission {
    /// The log that it goes to.
    pub workspace_id: WorkspaceId,
    /// Who gives it.
    pub account_id: AccountId,
    /// Makes it happen once, however often it is sent.
    pub command_id: Uuid,
    /// What is wanted.
    pub command: Command,
}

/// An event that a command asks for; number, time and salt come with the append.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The acting member, or the acting account in the server's log.
    pub actor_id: Uuid,
    /// What happens.
    pub skeleton: Skeleton,
    /// Its texts.
    pub body: Body,
}

impl Draft {
    /// An event of a member.
    pub fn by(member: MemberId, skeleton: Skeleton, body: Body) -> Self {
        Self { actor_id: member.0, skeleton, body }
    }

    /// An event of an account, in the server's log.
    pub fn by_account(account: AccountId, skeleton: Skeleton, body: Body) -> Self {
        Self { actor_id: account.0, skeleton, body }
    }
}

impl Submission {
    /// Tells it from the other commands of its log.
    pub fn key(&self) -> (AccountId, Uuid) {
        (self.account_id, self.command_id)
    }

    /// What tells a retry from another command under the same id.
    ///
    /// # Errors
    /// `INTERNAL` if the command cannot be written as JSON.
    pub fn input_hash(&self) -> Result<Vec<u8>> {
        let json = serde_json::to_vec(&self.command).map_err(Error::internal)?;
        Ok(Sha256::digest(json).to_vec())
    }

    /// Adds the rows that deciding this command needs.
    pub fn want(&self, wants: &mut Wants) {
        match &self.command {
            Command::Account(command) => command.want(wants),
            Command::SignIn(command) => command.want(wants, self.account_id),
            Command::Invite(command) => command.want(wants, self.account_id),
            Command::Member(command) => command.want(wants, self.account_id),
            Command::Message(command) => command.want(wants),
            Command::Reaction(command) => command.want(wants, self.account_id),
            Command::File(command) => command.want(wants),
            Command::Emoji(command) => command.want(wants),
            Command::Workspace(command) => command.want(wants),
            Command::Channel(_) => {}
        }
    }

    /// Decides: what happens, or why it may not.
    ///
    /// # Errors
    /// Whatever the noun's rules say.
    pub fn decide(&self, workspace: &Workspace, facts: &Facts) -> Result<Vec<Draft>> {
        let account = self.account_id;
        match &self.command {
            Command::Account(command) => command.decide(facts),
            Command::SignIn(command) => command.decide(account, facts),
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

    /// The weight of the command against the size of a batch, in bytes.
    pub fn weight(&self) -> usize {
        match &self.command {
            Command::Message(command) => command.weight(),
            Command::File(command) => command.weight(),
            _ => 512,
        }
    }
}

/// The member who gives a command.
///
/// # Errors
/// `NOT_FOUND` for everybody else: they may not know that the workspace exists.
pub fn acting(workspace: &Workspace, account: AccountId) -> Result<&Member> {
    workspace.active_member_of(account).map(AsRef::as_ref).ok_or(Error::NotFound("workspace"))
}
