//! The session cookie and the device cookie: `HttpOnly`, `SameSite=Lax`, path `/`, valid for a year.
//!
//! With https their names have the prefix `__Host-`, which browsers accept only over encrypted connections and only for
//! this exact host.

use crate::ground::config::Config;

/// Lifetime of the cookies in seconds. The session itself may end earlier.
const MAX_AGE_SECONDS: u32 = 365 * 86_400;

/// Returns the name of the session cookie.
pub fn name(config: &Config) -> &'static str {
    if config.is_https() { "__Host-confab" } else { "confab" }
}

/// Returns the name of the device cookie, which outlives sessions.
pub fn device_name(config: &Config) -> &'static str {
    if config.is_https() { "__Host-confab-device" } else { "confab-device" }
}

/// Returns the `Set-Cookie` value that stores a session token.
pub fn set(config: &Config, token: &str) -> String {
    format_cookie(config, name(config), token, MAX_AGE_SECONDS)
}

/// Returns the `Set-Cookie` value that stores a device token.
pub fn set_device(config: &Config, text: &str) -> String {
    format_cookie(config, device_name(config), text, MAX_AGE_SECONDS)
}

/// Returns the `Set-Cookie` value that deletes the session cookie.
pub fn clear(config: &Config) -> String {
    format_cookie(config, name(config), "", 0)
}

fn format_cookie(config: &Config, name: &str, value: &str, max_age: u32) -> String {
    let secure = if config.is_https() { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; Max-Age={max_age}; HttpOnly; SameSite=Lax{secure}")
}
