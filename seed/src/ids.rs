//! Ids of a run, all derived from one secret, so that a resumed run repeats its commands with the same ids instead of
//! executing them twice.
//!
//! Each id is a UUIDv7 made of the start time of the run and bits that cannot be guessed without the run id. Pure,
//! except for [`Run::begin`].

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};
use testbed::id::{fresh, in_workspace, on_server};
use uuid::{Builder, Uuid};

/// A run. Its id is a secret: the members' passwords derive from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run(Uuid);

impl Run {
    /// Starts a new run.
    pub fn begin() -> Self {
        Self(fresh())
    }

    /// The id of the workspace.
    pub fn workspace(self) -> String {
        on_server("wks_", self.uuid("workspace"))
    }

    /// The id of a channel, by index.
    pub fn channel(self, number: usize) -> String {
        self.in_workspace("chn_", &format!("channel {number}"))
    }

    /// The id of a message, by conversation and line.
    pub fn message(self, conversation: usize, line: usize) -> String {
        self.in_workspace("msg_", &format!("message {conversation} {line}"))
    }

    /// The id of a command, by its purpose.
    pub fn command(self, label: &str) -> String {
        on_server("cmd_", self.uuid(&format!("command {label}")))
    }

    /// A password derived from the run.
    pub fn password(self, label: &str) -> String {
        let bits = self.bits(&format!("password {label}"));
        hex::encode(&bits[..10])
    }

    /// A tag that makes the email addresses of a run unique.
    pub fn tag(self) -> String {
        hex::encode(&self.bits("tag")[..3])
    }

    fn in_workspace(self, prefix: &str, label: &str) -> String {
        in_workspace(&self.workspace(), prefix, self.uuid(label))
    }

    fn uuid(self, label: &str) -> Uuid {
        let bits = self.bits(label);
        let (seconds, nanos) = match self.0.get_timestamp() {
            Some(timestamp) => timestamp.to_unix(),
            None => (0, 0),
        };
        let mut random = [0; 10];
        random.copy_from_slice(&bits[..10]);
        let millis = seconds * 1000 + u64::from(nanos) / 1_000_000;
        Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }

    fn bits(self, label: &str) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(self.0.as_bytes());
        hash.update(label.as_bytes());
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
            _ => Err("Not a run id. Pass the value that an earlier run printed after --run.".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use testbed::id::uuid_of;

    #[test]
    fn derives_valid_ids_from_the_run() {
        let run = Run::begin();
        let again: Run = run.to_string().parse().unwrap();
        assert_eq!(run.message(3, 4), again.message(3, 4));
        assert_ne!(run.message(3, 4), run.message(34, 0));
        assert_ne!(run.workspace(), Run::begin().workspace());
        for (id, prefix) in [(run.message(1, 2), "msg_"), (run.workspace(), "wks_"), (run.command("x"), "cmd_")] {
            assert!(id.starts_with(prefix), "{id}");
            let uuid = uuid_of(&id).unwrap();
            assert_eq!((uuid.get_version_num(), uuid.get_timestamp()), (7, run.0.get_timestamp()));
        }
        assert_eq!(run.message(1, 2)[4..30], run.workspace()[4..]);
        assert_eq!(run.password("ada").len(), 20);
    }

    #[test]
    fn rejects_text_that_is_not_a_run_id() {
        assert!("hello".parse::<Run>().is_err());
        assert!(Uuid::nil().to_string().parse::<Run>().is_err());
    }
}
