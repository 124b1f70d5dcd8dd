//! Groups IP addresses into clients and networks.
//!
//! IPv4-mapped IPv6 addresses count as IPv4. A /64 of IPv6, which a single customer typically owns, counts as
//! one client. Loopback is unchanged.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Returns the client of an IP address: the address itself for IPv4, its /64 for IPv6.
pub fn client(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(six) if !six.is_loopback() => Ipv6Addr::from_bits(six.to_bits() >> 64 << 64).into(),
        address => address,
    }
}

/// Returns the network of an IP address: its /24 for IPv4, its /64 for IPv6.
pub fn subnet(address: IpAddr) -> IpAddr {
    match client(address) {
        IpAddr::V4(four) => Ipv4Addr::from_bits(four.to_bits() >> 8 << 8).into(),
        six @ IpAddr::V6(_) => six,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_addresses_of_a_client() {
        let of = |text: &str| client(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_ne!(of("10.0.0.1"), of("10.0.0.2"));
        assert_eq!(of("::ffff:10.0.0.1"), of("10.0.0.1"));
        assert!(of("::1").is_loopback() && of("127.0.0.1").is_loopback());
    }

    #[test]
    fn groups_addresses_of_a_network() {
        let of = |text: &str| subnet(text.parse().unwrap());
        assert_eq!(of("::ffff:192.0.2.9"), of("192.0.2.200"));
        assert_ne!(of("192.0.2.9"), of("192.0.3.9"));
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
    }
}
