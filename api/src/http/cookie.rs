//! The cookie that carries a sign-in: HttpOnly, SameSite=Lax, for the whole site, for a year.
//!
//! Over https it is named `__Host-confab`, which browsers accept only from this very host and only
//! encrypted; over plain HTTP `confab`.

use crate::config::Config;

/// Seconds that a browser keeps it. The sign-in behind it can end any time.
const KEPT: u32 = 365 * 86_400;

/// Its name.
pub fn name(config: &Config) -> &'static str {
    if config.is_https() { "__Host-confab" } else { "confab" }
}

/// The header that gives a browser its token.
pub fn set(config: &Config, token: &str) -> String {
    written(config, token, KEPT)
}

/// The header that takes it away.
pub fn clear(config: &Config) -> String {
    written(config, "", 0)
}

fn written(config: &Config, token: &str, kept: u32) -> String {
    let secure = if config.is_https() { "; Secure" } else { "" };
    format!("{}={token}; Path=/; Max-Age={kept}; HttpOnly; SameSite=Lax{secure}", name(config))
}
