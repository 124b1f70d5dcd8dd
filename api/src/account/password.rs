//! Passwords: which may be chosen, and Argon2id, a few at a time and behind everything else that wants the processor, so
//! that signing in cannot starve the rest.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};

use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use rustix::process::setpriority_process;
use tokio::sync::{Semaphore, oneshot};
use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

use crate::error::{Error, Result};

/// The fewest characters of a password.
pub const MIN: usize = 10;
/// The most characters of a password.
pub const MAX: usize = 256;
/// The most bytes of a password that are looked at.
pub const BYTES_MAX: usize = 1024;
/// The fewest letters and digits of a password beside what others know of its owner.
const REST_MIN: usize = 6;
/// Hashes computed at the same time; each takes 19 MiB and some milliseconds.
const PARALLEL: usize = 2;
/// Hashes that may wait; more answer `UNAVAILABLE`.
const QUEUE: usize = 256;
/// By how much threads that compute hashes are nicer than others: they have about a tenth of a processor that is wanted.
const NICE: i32 = 10;

/// The pool.
#[derive(Debug, Clone)]
pub struct Passwords {
    running: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    computed: Arc<AtomicU64>,
}

impl Default for Passwords {
    fn default() -> Self {
        let (running, waiting) = (Semaphore::new(PARALLEL), Semaphore::new(QUEUE));
        Self { running: Arc::new(running), waiting: Arc::new(waiting), computed: Arc::default() }
    }
}

impl Passwords {
    /// The PHC string of a password: Argon2id, 19 MiB, 2 passes.
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

    /// Whether a password is the one of a PHC string. Without a string it takes the same time and is
    /// never the one, so that an unknown address cannot be told from a wrong password.
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

    /// How many hashes were computed since the start: what costs little is refused without one.
    pub fn computed(&self) -> u64 {
        self.computed.load(Ordering::Relaxed)
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        let busy = |_| Error::Unavailable("Too many people sign in at this moment. Try again.".into());
        let _waiting = self.waiting.clone().try_acquire_owned().map_err(busy)?;
        let running = self.running.clone().acquire_owned().await.map_err(Error::internal)?;
        self.computed.fetch_add(1, Ordering::Relaxed);
        let (tell, told) = oneshot::channel();
        // A thread of its own, since it stays as nice as it becomes here. Elsewhere than on Linux the whole process would.
        let hashing = move || {
            if cfg!(target_os = "linux") {
                let _ = setpriority_process(None, NICE);
            }
            let result = work();
            drop(running);
            let _ = tell.send(result);
        };
        std::thread::Builder::new().name("password".into()).spawn(hashing).map_err(Error::internal)?;
        told.await.map_err(Error::internal)?
    }
}

/// A password for somebody else: 96 random bits, easy to read out.
pub fn generate() -> String {
    let bits: u128 = rand::random::<u128>() >> 32;
    let text = format!("{bits:024x}");
    let parts: Vec<&str> = [0, 6, 12, 18].iter().filter_map(|at| text.get(*at..at + 6)).collect();
    parts.join("-")
}

/// A password as it is hashed: the same however a keyboard composes its characters (NFKC).
pub fn normalized(password: &str) -> String {
    password.nfkc().collect()
}

/// Checks a new password; answers it as it is hashed. `own` is what others know of its owner: address, names,
/// handles.
///
/// # Errors
/// `BAD_USER_INPUT` on `field`.
pub fn check(field: &'static str, password: &str, own: &[&str]) -> Result<String> {
    let refused = |why: &str| Err(Error::invalid(field, why));
    if password.len() > BYTES_MAX {
        return Err(too_long(field));
    }
    if password.chars().any(|c| c.general_category() == GeneralCategory::Unassigned) {
        return refused("The password has characters that are not assigned in Unicode.");
    }
    let password = normalized(password);
    let length = password.chars().count();
    if length < MIN {
        return refused(&format!("Use at least {MIN} characters."));
    }
    if length > MAX {
        return Err(too_long(field));
    }
    let lower = password.to_lowercase();
    if is_common(&lower) || is_pattern(&lower) {
        return refused("This password is too easy to guess. Choose another one.");
    }
    if is_own(&lower, own) {
        return refused("Do not use your name, handle or e-mail address as the password.");
    }
    Ok(password)
}

fn too_long(field: &'static str) -> Error {
    Error::invalid(field, format!("Use at most {MAX} characters."))
}

/// Whether it is a password that many have, or a common word with digits and signs around it.
fn is_common(lower: &str) -> bool {
    static COMMON: LazyLock<HashSet<&str>> = LazyLock::new(|| {
        let lines = include_str!("common_passwords.txt").lines();
        lines.filter(|line| !line.starts_with('#')).collect()
    });
    let word = lower.trim_matches(|c: char| !c.is_alphabetic());
    COMMON.contains(lower) || COMMON.contains(word)
}

/// Whether it is a short text again and again, or characters one after the other: `abababab…`, `1234567890`.
fn is_pattern(lower: &str) -> bool {
    let chars: Vec<char> = lower.chars().collect();
    let repeats = |of: usize| chars.iter().zip(chars.iter().skip(of)).all(|(a, b)| a == b);
    let pairs = chars.iter().zip(chars.iter().skip(1));
    let steps: Vec<i64> = pairs.map(|(a, b)| i64::from(u32::from(*b)) - i64::from(u32::from(*a))).collect();
    let step = steps.first().copied().unwrap_or_default();
    (1..=4).any(repeats) || (step.abs() <= 1 && steps.iter().all(|next| *next == step))
}

/// Whether it is little more than what others know of its owner.
fn is_own(lower: &str, own: &[&str]) -> bool {
    let mut rest = lower.to_owned();
    for known in own {
        let known = normalized(known).to_lowercase();
        let words = known.split(|c: char| !c.is_alphanumeric()).filter(|word| word.chars().count() >= 3);
        for part in std::iter::once(known.as_str()).filter(|known| !known.is_empty()).chain(words) {
            rest = rest.replace(part, "");
        }
    }
    rest.chars().filter(|c| c.is_alphanumeric()).count() < REST_MIN && rest.len() < lower.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_passes() {
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
    fn a_password_is_long_assigned_and_not_easy_to_guess() {
        for good in
            ["correct horse", "ж8ж9ж0ж1ж2", "Tr0ub4dor&3 is old", "ada likes difference engines", "10 lovely cats"]
        {
            assert_eq!(refused(good), None, "{good}");
        }
        for (wrong, why) in [
            ("", "at least"),
            ("123456789", "at least"),
            // Ten before normalisation, nine after.
            ("e\u{301}12345678", "at least"),
            ("unassigned\u{378}", "not assigned"),
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
            let said = refused(wrong).unwrap_or_default();
            assert!(said.contains(why), "{wrong}: {said}");
        }
        assert!(refused(&"xy9".repeat(342)).is_some_and(|why| why.contains("at most")));
        let long: String = (0..MAX).map(|n| char::from(b'a' + u8::try_from(n * n % 23).unwrap())).collect();
        assert_eq!(refused(&long), None);
        assert!(refused(&format!("{long}x")).is_some_and(|why| why.contains("at most")));
    }

    #[test]
    fn a_password_is_the_same_however_it_is_composed() {
        let composed = check("password", "caf\u{e9} au lait", &[]).unwrap();
        assert_eq!(check("password", "cafe\u{301} au lait", &[]).unwrap(), composed);
    }

    #[test]
    fn generated_passwords_may_be_chosen() {
        assert!((0..100).all(|_| check("password", &generate(), &[]).is_ok()));
    }
}
