//! Networks: which client addresses count as one.
//!
//! Promises: an IPv4 address that is written as IPv6 counts as IPv4; whoever has a whole /64 of IPv6, as one customer
//! has, counts once. Loopback stays what it is.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What counts as one client: an address of IPv4, a /64 of IPv6.
pub fn client(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(six) if !six.is_loopback() => Ipv6Addr::from_bits(six.to_bits() >> 64 << 64).into(),
        address => address,
    }
}

/// What counts as one network: a /24 of IPv4, a /64 of IPv6.
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
    fn addresses_of_one_client_count_together() {
        let of = |text: &str| client(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_ne!(of("10.0.0.1"), of("10.0.0.2"));
        assert_eq!(of("::ffff:10.0.0.1"), of("10.0.0.1"));
        assert!(of("::1").is_loopback() && of("127.0.0.1").is_loopback());
    }

    #[test]
    fn addresses_of_one_network_count_together() {
        let of = |text: &str| subnet(text.parse().unwrap());
        assert_eq!(of("::ffff:192.0.2.9"), of("192.0.2.200"));
        assert_ne!(of("192.0.2.9"), of("192.0.3.9"));
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
    }
}
