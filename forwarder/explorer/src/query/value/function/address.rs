//! Functions of IP addresses.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Arguments, Function, Value, integer_value};

pub(super) fn call<'v>(function: Function, arguments: &Arguments<'_, 'v>) -> Option<Value<'v>> {
    let address = || arguments.text(0).and_then(|text| text.trim().parse::<IpAddr>().ok());
    let holds = |condition: fn(IpAddr) -> bool| Value::Boolean(address().is_some_and(condition));
    Some(match function {
        Function::IsValidIp => holds(|_| true),
        Function::IsValidIpV4 => holds(|address| address.is_ipv4()),
        Function::IsValidIpV6 => holds(|address| address.is_ipv6()),
        Function::IsIpInSubnet => Value::Boolean(in_subnet(arguments, |_| true)),
        Function::IsIpv4InSubnet => Value::Boolean(in_subnet(arguments, |address| address.is_ipv4())),
        Function::IsIpv6InSubnet => Value::Boolean(in_subnet(arguments, |address| address.is_ipv6())),
        Function::Ipv4ToNumber => integer_value(match address() {
            Some(IpAddr::V4(address)) => Some(i64::from(address.to_bits())),
            Some(IpAddr::V6(_)) | None => None,
        }),
        Function::IsPrivateIp => holds(is_private),
        Function::IsReservedIp => holds(is_reserved),
        Function::IsPublicIp => holds(|address| !is_private(address) && !is_reserved(address)),
        _ => return None,
    })
}

fn in_subnet(arguments: &Arguments<'_, '_>, is_wanted: fn(&IpAddr) -> bool) -> bool {
    let (Some(address), Some(network)) = (arguments.text(0), arguments.text(1)) else { return false };
    let (Ok(address), Some(network)) = (address.trim().parse(), Network::parse(network.trim())) else {
        return false;
    };
    is_wanted(&address) && network.contains(address)
}

/// Network of addresses, such as `10.0.0.0/8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    /// Number of leading bits that are equal in all addresses of the network.
    prefix: u32,
}

impl Network {
    /// Parses an address with a prefix length, or a single address. Bits after the prefix are ignored.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let bits = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.map_or(Some(bits), |prefix| prefix.parse().ok())?;
        (prefix <= bits).then_some(Self { address, prefix })
    }

    /// Returns true if an address is in the network. Addresses of the other version are not.
    pub fn contains(self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let differing = u128::from(network.to_bits() ^ address.to_bits());
                differing.checked_shr(32 - self.prefix) == Some(0)
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let differing = network.to_bits() ^ address.to_bits();
                differing.checked_shr(128 - self.prefix).is_none_or(|rest| rest == 0)
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }

    /// Number of leading bits that are equal in all addresses of the network. The network with the most is the narrowest.
    pub fn prefix(self) -> u32 {
        self.prefix
    }
}

/// Networks of IPv4 for special purposes, by RFC 6890 and its successors, and multicast.
const RESERVED_V4: &[(Ipv4Addr, u32)] = &[
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 3),
];

/// Networks of IPv6 for special purposes, and multicast. The first two hold single addresses.
const RESERVED_V6: &[(Ipv6Addr, u32)] = &[
    (Ipv6Addr::UNSPECIFIED, 128),
    (Ipv6Addr::LOCALHOST, 128),
    (Ipv6Addr::new(0x100, 0, 0, 0, 0, 0, 0, 0), 64),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10),
    (Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0), 8),
];

fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_private(),
        IpAddr::V6(address) => address.is_unique_local(),
    }
}

fn is_reserved(address: IpAddr) -> bool {
    let contains = |network: IpAddr, prefix| Network { address: network, prefix }.contains(address);
    match address {
        IpAddr::V4(_) => RESERVED_V4.iter().any(|(network, prefix)| contains(IpAddr::V4(*network), *prefix)),
        IpAddr::V6(_) => RESERVED_V6.iter().any(|(network, prefix)| contains(IpAddr::V6(*network), *prefix)),
    }
}
