//! Lists of networks, as variables give them.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv6Net};

/// Some networks; none contains anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Networks(Vec<IpNet>);

impl Networks {
    /// Parses `10.0.0.0/8, 2001:db8::/32, 192.0.2.1`. An entry that is no network is an error: read loosely it could match everything.
    pub fn parse(text: &str) -> Result<Self, String> {
        let one = |part: &str| part.parse::<IpNet>().ok().or_else(|| Some(IpNet::from(part.parse::<IpAddr>().ok()?)));
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        parts
            .map(|part| one(part).ok_or_else(|| format!("\"{part}\" is not a network like 10.0.0.0/8")))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Whether one of them contains `address`.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|net| net.contains(&address))
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// What stands for the machine behind `address`: the address itself, or for IPv6 its /64, since a machine moves freely in there.
pub fn site(address: IpAddr) -> IpNet {
    match address.to_canonical() {
        IpAddr::V4(v4) => IpNet::from(IpAddr::V4(v4)),
        IpAddr::V6(v6) => IpNet::V6(Ipv6Net::new_assert(v6, 64).trunc()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn networks_contain_what_they_say_and_nothing_loose() {
        let some = Networks::parse("10.0.0.0/8, 2001:db8::/32,192.0.2.1").unwrap();
        for inside in ["10.1.2.3", "2001:db8:1::1", "192.0.2.1"] {
            assert!(some.contains(address(inside)), "{inside}");
        }
        for outside in ["11.0.0.1", "2001:db9::1", "192.0.2.2", "::a01:203"] {
            assert!(!some.contains(address(outside)), "{outside}");
        }
        assert!(!Networks::parse("").unwrap().contains(address("127.0.0.1")));
        for bad in ["10.0.0.0/x", "10.0.0.0/", "10.0.0.0/33", "10.0.0", "example.com", "::/129"] {
            assert!(Networks::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_site_is_an_ipv4_address_or_an_ipv6_64() {
        let text = |of: &str| site(address(of)).to_string();
        assert_eq!(text("192.0.2.1"), "192.0.2.1/32");
        assert_eq!(text("::ffff:192.0.2.1"), "192.0.2.1/32");
        assert_eq!(text("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
    }
}
