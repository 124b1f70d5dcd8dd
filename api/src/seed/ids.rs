//! The ids of a run: all of them follow from one secret, so that a run which was interrupted can be
//! begun again and repeats its commands with the same ids instead of doing them twice.
//!
//! An id is a UUIDv7: the moment at which the run first began, and bits that nobody can guess who does
//! not know the run. It is pure but for [`Run::begin`].

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

use crate::id::{ChannelId, CommandId, MessageId, WorkspaceId};

/// One run of the seed. Whoever knows it knows the passwords of the people that it made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run(Uuid);

impl Run {
    /// A new one.
    pub fn begin() -> Self {
        Self(CommandId::mint().0)
    }

    /// The workspace that the run makes.
    pub fn workspace(self) -> String {
        self.id(WorkspaceId::PREFIX, "workspace")
    }

    /// A channel by its number.
    pub fn channel(self, number: usize) -> String {
        self.id(ChannelId::PREFIX, &format!("channel {number}"))
    }

    /// A message by its conversation and line.
    pub fn message(self, conversation: usize, line: usize) -> String {
        self.id(MessageId::PREFIX, &format!("message {conversation} {line}"))
    }

    /// A command that is named by what it does.
    pub fn command(self, what: &str) -> String {
        self.id(CommandId::PREFIX, &format!("command {what}"))
    }

    /// A password that follows from the run.
    pub fn password(self, of: &str) -> String {
        let bits = self.bits(&format!("password {of}"));
        hex::encode(&bits[..10])
    }

    /// Tells the addresses of one run from those of another.
    pub fn tag(self) -> String {
        hex::encode(&self.bits("tag")[..3])
    }

    fn id(self, prefix: &str, what: &str) -> String {
        let bits = self.bits(what);
        let (seconds, nanos) = match self.0.get_timestamp() {
            Some(timestamp) => timestamp.to_unix(),
            None => (0, 0),
        };
        let mut random = [0; 10];
        random.copy_from_slice(&bits[..10]);
        let millis = seconds * 1000 + u64::from(nanos) / 1_000_000;
        let uuid = Builder::from_unix_timestamp_millis(millis, &random).into_uuid();
        format!("{prefix}{uuid}")
    }

    fn bits(self, what: &str) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(self.0.as_bytes());
        hash.update(what.as_bytes());
        hash.finalize().into()
    }
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl FromStr for Run {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match Uuid::try_parse(text) {
            Ok(id) if id.get_version_num() == 7 => Ok(Self(id)),
            _ => Err("This is not what an earlier run printed after --run.".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_follow_from_the_run_and_are_valid() {
        let run = Run::begin();
        let again: Run = run.to_string().parse().unwrap();
        assert_eq!(run.message(3, 4), again.message(3, 4));
        assert_ne!(run.message(3, 4), run.message(34, 0));
        assert_ne!(run.workspace(), Run::begin().workspace());
        assert!(run.message(1, 2).parse::<MessageId>().is_ok());
        assert!(run.workspace().parse::<WorkspaceId>().is_ok());
        assert!(run.command("x").parse::<CommandId>().is_ok());
        assert_eq!(run.password("ada").len(), 20);
    }

    #[test]
    fn only_a_run_is_read_as_a_run() {
        assert!("hello".parse::<Run>().is_err());
        assert!(Uuid::nil().to_string().parse::<Run>().is_err());
    }
}
