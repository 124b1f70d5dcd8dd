//! Passwords: Argon2id in a bounded pool, so that signing in cannot starve the rest.

use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use std::sync::Arc;
use tokio::sync::Semaphore;

use crate::error::{Error, Result};

/// The fewest characters of a password.
pub const MIN: usize = 10;
/// The most characters of a password.
pub const MAX: usize = 128;
/// Hashes computed at the same time; each takes 19 MiB and some milliseconds.
const PARALLEL: usize = 2;
/// Hashes that may wait; more answer `UNAVAILABLE`.
const QUEUE: usize = 256;

/// The pool.
#[derive(Debug, Clone)]
pub struct Passwords {
    running: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { running: Arc::new(Semaphore::new(PARALLEL)), waiting: Arc::new(Semaphore::new(QUEUE)) }
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

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        let busy = |_| Error::Unavailable("Too many people sign in at this moment. Try again.".into());
        let _waiting = self.waiting.clone().try_acquire_owned().map_err(busy)?;
        let running = self.running.clone().acquire_owned().await.map_err(Error::internal)?;
        let result = tokio::task::spawn_blocking(move || {
            let result = work();
            drop(running);
            result
        });
        result.await.map_err(Error::internal)?
    }
}

/// A password for somebody else: 96 random bits, easy to read out.
pub fn generate() -> String {
    let bits: u128 = rand::random::<u128>() >> 32;
    let text = format!("{bits:024x}");
    let parts: Vec<&str> = [0, 6, 12, 18].iter().filter_map(|at| text.get(*at..at + 6)).collect();
    parts.join("-")
}

/// Checks a new password.
///
/// # Errors
/// `BAD_USER_INPUT`.
pub fn check(password: &str) -> Result<()> {
    let length = password.chars().count();
    if !(MIN..=MAX).contains(&length) {
        return Err(Error::invalid("password", format!("A password has from {MIN} to {MAX} characters.")));
    }
    Ok(())
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
}
