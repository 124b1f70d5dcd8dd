//! The cookie that carries a sign-in, and the one by which a device is known: HttpOnly, SameSite=Lax, for the whole
//! site, for a year.
//!
//! Over https their names begin with `__Host-`, which browsers accept only from this very host and only
//! encrypted.

use crate::config::Config;

/// Seconds that a browser keeps it. The sign-in behind it can end any time.
const KEPT: u32 = 365 * 86_400;

/// Its name.
pub fn name(config: &Config) -> &'static str {
    if config.is_https() { "__Host-confab" } else { "confab" }
}

/// The name of the one of a device. It stays when the sign-in ends.
pub fn device_name(config: &Config) -> &'static str {
    if config.is_https() { "__Host-confab-device" } else { "confab-device" }
}

/// The header that gives a browser its token.
pub fn set(config: &Config, token: &str) -> String {
    written(config, name(config), token, KEPT)
}

/// The header by which a device is known from now on.
pub fn set_device(config: &Config, text: &str) -> String {
    written(config, device_name(config), text, KEPT)
}

/// The header that takes the token away.
pub fn clear(config: &Config) -> String {
    written(config, name(config), "", 0)
}

fn written(config: &Config, name: &str, value: &str, kept: u32) -> String {
    let secure = if config.is_https() { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; Max-Age={kept}; HttpOnly; SameSite=Lax{secure}")
}
