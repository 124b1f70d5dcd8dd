//! The settings of rate limits: factors on the defaults that docs/limits.md lists.

use clap::Args;

/// How much of the server may be used, as factors on the defaults.
#[derive(Debug, Clone, Copy, PartialEq, Args)]
pub struct RateSettings {
    /// Multiplies the rate limits of one account. From 0.1 to 1,000,000, which is practically without limits: for
    /// imports and load tests.
    #[arg(id = "account_rate_factor", long = "account-rate-factor", env = "CONFAB_ACCOUNT_RATE_FACTOR",
          default_value_t = 1.0, value_parser = factor)]
    pub account: f64,
    /// Multiplies the rate limits of one client address (one /64 of IPv6). An organization with thousands of people
    /// behind one address may need more. This machine itself has none.
    #[arg(id = "address_rate_factor", long = "address-rate-factor", env = "CONFAB_ADDRESS_RATE_FACTOR",
          default_value_t = 1.0, value_parser = factor)]
    pub address: f64,
    /// Multiplies the rate limits of one workspace, all its members together.
    #[arg(id = "workspace_rate_factor", long = "workspace-rate-factor", env = "CONFAB_WORKSPACE_RATE_FACTOR",
          default_value_t = 1.0, value_parser = factor)]
    pub workspace: f64,
}

impl RateSettings {
    /// The largest factor.
    pub const MAX: f64 = 1_000_000.0;

    /// Practically without limits.
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
    fits.then_some(factor).ok_or_else(|| format!("{text} is not from 0.1 to {}", RateSettings::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_factor_is_a_number_in_its_bounds() {
        assert_eq!(factor("0.1"), Ok(0.1));
        assert_eq!(factor("1000000"), Ok(RateSettings::MAX));
        for wrong in ["0", "-1", "NaN", "inf", "1000001", "much", ""] {
            assert!(factor(wrong).is_err(), "{wrong}");
        }
    }
}
