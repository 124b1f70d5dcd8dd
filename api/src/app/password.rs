//! Passwords: acceptance rules, and hashing with Argon2id.
//!
//! Hashes are computed a few at a time in low-priority threads, so that signing in cannot starve other work.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};

use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use rustix::process::setpriority_process;
use tokio::sync::{Semaphore, oneshot};
use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

use crate::ground::error::{Error, Result};

/// Minimum length of a password in characters.
pub const MIN_CHARS: usize = 10;
/// Maximum length of a password in characters.
pub const MAX_CHARS: usize = 256;
/// Maximum length of a password in bytes, checked before any other rule.
pub const MAX_BYTES: usize = 1024;
/// Minimum number of letters and digits that remain once the user's own names and email are removed.
const MIN_UNRELATED_CHARS: usize = 6;
/// Maximum number of hashes computed concurrently. Each takes 19 MiB and some milliseconds.
const MAX_CONCURRENT_HASHES: usize = 2;
/// Maximum number of hashes waiting. Further requests fail with `UNAVAILABLE`.
const MAX_WAITING_HASHES: usize = 256;
/// Niceness of hashing threads. Under contention they get about a tenth of a processor.
const HASHING_NICENESS: i32 = 10;

/// A bounded pool that computes and verifies password hashes.
#[derive(Debug, Clone)]
pub struct Passwords {
    running: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    computed: Arc<AtomicU64>,
}

impl Default for Passwords {
    fn default() -> Self {
        let (running, waiting) = (Semaphore::new(MAX_CONCURRENT_HASHES), Semaphore::new(MAX_WAITING_HASHES));
        Self { running: Arc::new(running), waiting: Arc::new(waiting), computed: Arc::default() }
    }
}

impl Passwords {
    /// Hashes a password with Argon2id (19 MiB, 2 passes) and returns the PHC string.
    ///
    /// # Errors
    /// `UNAVAILABLE` when too many wait.
    pub async fn hash(&self, password: String) -> Result<String> {
        self.run(move || {
            let hash = Argon2::default().hash_password(password.as_bytes()).map_err(Error::internal)?;
            Ok(hash.to_string())
        })
        .await
    }

    /// Returns whether a password matches a PHC string. Without a string it takes the same time and returns
    /// `false`, so that an unknown email cannot be told from a wrong password.
    ///
    /// # Errors
    /// `UNAVAILABLE` when too many wait.
    pub async fn verify(&self, password: String, hash: Option<String>) -> Result<bool> {
        self.run(move || match hash {
            Some(hash) => Ok(Argon2::default().verify_password(password.as_bytes(), hash.as_str()).is_ok()),
            None => {
                let _ = Argon2::default().hash_password(password.as_bytes());
                Ok(false)
            }
        })
        .await
    }

    /// Returns the number of hashes computed since the process started. Tests use it to assert that cheap
    /// checks run before hashing.
    pub fn computed(&self) -> u64 {
        self.computed.load(Ordering::Relaxed)
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        let busy = |_| Error::Unavailable("Too many concurrent sign-ins. Retry later.".into());
        let _waiting = self.waiting.clone().try_acquire_owned().map_err(busy)?;
        let running = self.running.clone().acquire_owned().await.map_err(Error::internal)?;
        self.computed.fetch_add(1, Ordering::Relaxed);
        let (sender, receiver) = oneshot::channel();
        // A dedicated thread, because niceness cannot be lowered again. Only Linux applies it per thread.
        let hashing = move || {
            if cfg!(target_os = "linux") {
                let _ = setpriority_process(None, HASHING_NICENESS);
            }
            let result = work();
            drop(running);
            let _ = sender.send(result);
        };
        std::thread::Builder::new().name("password".into()).spawn(hashing).map_err(Error::internal)?;
        receiver.await.map_err(Error::internal)?
    }
}

/// Generates a password of 96 random bits, grouped so that it is easy to read out.
pub fn generate() -> String {
    let bits: u128 = rand::random::<u128>() >> 32;
    let text = format!("{bits:024x}");
    let parts: Vec<&str> = [0, 6, 12, 18].iter().filter_map(|at| text.get(*at..at + 6)).collect();
    parts.join("-")
}

/// Normalizes a password to NFKC, so that it does not depend on how a keyboard composes characters.
pub fn normalized(password: &str) -> String {
    password.nfkc().collect()
}

/// Validates a new password and returns its normalized form, which is what is hashed. `own` lists what others know
/// of the user: email, names, handles.
///
/// # Errors
/// `BAD_USER_INPUT` on `field`.
pub fn check(field: &'static str, password: &str, own: &[&str]) -> Result<String> {
    let refused = |message: &str| Err(Error::invalid(field, message));
    if password.len() > MAX_BYTES {
        return Err(too_long(field));
    }
    if password.chars().any(|c| c.general_category() == GeneralCategory::Unassigned) {
        return refused("The password contains unassigned Unicode characters.");
    }
    let password = normalized(password);
    let length = password.chars().count();
    if length < MIN_CHARS {
        return refused(&format!("The password is too short: minimum {MIN_CHARS} characters."));
    }
    if length > MAX_CHARS {
        return Err(too_long(field));
    }
    let lower = password.to_lowercase();
    if is_common(&lower) || is_pattern(&lower) {
        return refused("The password is too easy to guess. Choose another one.");
    }
    if is_personal(&lower, own) {
        return refused("The password must not be based on your name, handle or email address.");
    }
    Ok(password)
}

fn too_long(field: &'static str) -> Error {
    Error::invalid(field, format!("The password is too long: maximum {MAX_CHARS} characters."))
}

/// Returns whether a password is in the list of common passwords, or such a word with digits and signs around it.
fn is_common(lower: &str) -> bool {
    static COMMON: LazyLock<HashSet<&str>> = LazyLock::new(|| {
        let lines = include_str!("common_passwords.txt").lines();
        lines.filter(|line| !line.starts_with('#')).collect()
    });
    let word = lower.trim_matches(|c: char| !c.is_alphabetic());
    COMMON.contains(lower) || COMMON.contains(word)
}

/// Returns whether a password repeats a short text or counts through characters: `abababab…`, `1234567890`.
fn is_pattern(lower: &str) -> bool {
    let chars: Vec<char> = lower.chars().collect();
    let repeats = |of: usize| chars.iter().zip(chars.iter().skip(of)).all(|(a, b)| a == b);
    let pairs = chars.iter().zip(chars.iter().skip(1));
    let steps: Vec<i64> = pairs.map(|(a, b)| i64::from(u32::from(*b)) - i64::from(u32::from(*a))).collect();
    let step = steps.first().copied().unwrap_or_default();
    (1..=4).any(repeats) || (step.abs() <= 1 && steps.iter().all(|next| *next == step))
}

/// Returns whether a password is little more than what others know of the user.
fn is_personal(lower: &str, own: &[&str]) -> bool {
    let mut rest = lower.to_owned();
    for value in own {
        let value = normalized(value).to_lowercase();
        let words = value.split(|c: char| !c.is_alphanumeric()).filter(|word| word.chars().count() >= 3);
        for part in std::iter::once(value.as_str()).filter(|value| !value.is_empty()).chain(words) {
            rest = rest.replace(part, "");
        }
    }
    rest.chars().filter(|c| c.is_alphanumeric()).count() < MIN_UNRELATED_CHARS && rest.len() < lower.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn verifies_only_the_right_password() {
        let passwords = Passwords::default();
        let hash = passwords.hash("correct horse".into()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(passwords.verify("correct horse".into(), Some(hash.clone())).await.unwrap());
        assert!(!passwords.verify("battery staple".into(), Some(hash)).await.unwrap());
        assert!(!passwords.verify("correct horse".into(), None).await.unwrap());
    }

    fn refused(password: &str) -> Option<String> {
        let own = ["ada.lovelace@example.org", "Ada Lovelace", "countess"];
        check("password", password, &own).err().map(|error| error.to_string())
    }

    #[test]
    fn rejects_short_unassigned_and_guessable_passwords() {
        for good in
            ["correct horse", "ж8ж9ж0ж1ж2", "Tr0ub4dor&3 is old", "ada likes difference engines", "10 lovely cats"]
        {
            assert_eq!(refused(good), None, "{good}");
        }
        for (password, fragment) in [
            ("", "too short"),
            ("123456789", "too short"),
            // Ten before normalization, nine after.
            ("e\u{301}12345678", "too short"),
            ("unassigned\u{378}", "unassigned"),
            ("1234567890", "easy"),
            ("9876543210", "easy"),
            ("abcdefghijkl", "easy"),
            ("qwertyuiop", "easy"),
            ("Password123!", "easy"),
            ("monkey-2026!", "easy"),
            ("aaaaaaaaaaaa", "easy"),
            ("xyzxyzxyzxyz", "easy"),
            ("ａｂｃｄｅｆｇｈｉｊ", "easy"),
            ("ada.lovelace@example.org", "name"),
            ("AdaLovelace1815", "name"),
            ("lovelace-ada-1", "name"),
            ("countess99", "name"),
        ] {
            let reason = refused(password).unwrap_or_default();
            assert!(reason.contains(fragment), "{password}: {reason}");
        }
        assert!(refused(&"xy9".repeat(342)).is_some_and(|reason| reason.contains("too long")));
        let long: String = (0..MAX_CHARS).map(|n| char::from(b'a' + u8::try_from(n * n % 23).unwrap())).collect();
        assert_eq!(refused(&long), None);
        assert!(refused(&format!("{long}x")).is_some_and(|reason| reason.contains("too long")));
    }

    #[test]
    fn normalizes_composed_characters() {
        let composed = check("password", "caf\u{e9} au lait", &[]).unwrap();
        assert_eq!(check("password", "cafe\u{301} au lait", &[]).unwrap(), composed);
    }

    #[test]
    fn accepts_generated_passwords() {
        assert!((0..100).all(|_| check("password", &generate(), &[]).is_ok()));
    }
}
