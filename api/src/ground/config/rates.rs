//! The settings for rate limits: factors on the defaults in docs/limits.md.

use clap::Args;

/// Rate limits as factors on the defaults.
#[derive(Debug, Clone, Copy, PartialEq, Args)]
pub struct RateSettings {
    /// Multiplies the rate limits of an account.
    ///
    /// From 0.1 to 1,000,000. The maximum effectively disables the limits, for imports and load tests.
    #[arg(id = "account_rate_factor", long = "account-rate-factor", env = "CONFAB_ACCOUNT_RATE_FACTOR",
          default_value_t = 1.0, value_parser = factor)]
    pub account: f64,
    /// Multiplies the rate limits of a client IP address (one /64 for IPv6).
    ///
    /// Increase it for an organization with thousands of users behind one IP address. Loopback addresses have no limit.
    #[arg(id = "address_rate_factor", long = "address-rate-factor", env = "CONFAB_ADDRESS_RATE_FACTOR",
          default_value_t = 1.0, value_parser = factor)]
    pub address: f64,
    /// Multiplies the rate limits of a workspace, shared by all its members.
    #[arg(id = "workspace_rate_factor", long = "workspace-rate-factor", env = "CONFAB_WORKSPACE_RATE_FACTOR",
          default_value_t = 1.0, value_parser = factor)]
    pub workspace: f64,
}

impl RateSettings {
    /// The maximum factor.
    pub const MAX: f64 = 1_000_000.0;

    /// Effectively unlimited.
    pub const UNLIMITED: Self = Self { account: Self::MAX, address: Self::MAX, workspace: Self::MAX };
}

impl Default for RateSettings {
    fn default() -> Self {
        Self { account: 1.0, address: 1.0, workspace: 1.0 }
    }
}

fn factor(text: &str) -> Result<f64, String> {
    let factor: f64 = text.parse().map_err(|_| format!("{text} is not a number"))?;
    let fits = (0.1..=RateSettings::MAX).contains(&factor);
    fits.then_some(factor).ok_or_else(|| format!("{text} is not between 0.1 and {}", RateSettings::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factor_must_be_within_bounds() {
        assert_eq!(factor("0.1"), Ok(0.1));
        assert_eq!(factor("1000000"), Ok(RateSettings::MAX));
        for invalid in ["0", "-1", "NaN", "inf", "1000001", "much", ""] {
            assert!(factor(invalid).is_err(), "{invalid}");
        }
    }
}
