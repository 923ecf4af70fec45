//! Addresses of metadata services, which return credentials. No request is sent to them, whatever names them.

// Types of addresses only: no connection is opened here.
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Host names of the metadata services of cloud providers.
const METADATA_HOSTS: &[&str] = &["instance-data", "instance-data.ec2.internal", "metadata.google.internal"];

/// True if a host name is that of a metadata service, in any case, with or without a dot at its end.
#[must_use]
pub fn is_metadata_host(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    METADATA_HOSTS.iter().any(|host| host.eq_ignore_ascii_case(name))
}

/// True if an address is in a range of metadata services: 169.254.0.0/16, fe80::/10, fd00:ec2::/32, also as an IPv4
/// address within an IPv6 address.
#[must_use]
pub fn is_link_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => {
            let is_ec2 = matches!(address.segments(), [0xfd00, 0x0ec2, ..]);
            is_ec2
                || address.is_unicast_link_local()
                || embedded(&address).is_some_and(|v4| v4.is_link_local())
        }
    }
}

/// Returns the IPv4 address that an IPv6 address contains: mapped, compatible, NAT64 (64:ff9b::/96) or 6to4
/// (2002::/16).
fn embedded(address: &Ipv6Addr) -> Option<Ipv4Addr> {
    let of = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match address.segments() {
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some(of(high, low)),
        [0x2002, high, low, ..] => Some(of(high, low)),
        [..] => None,
    }
}
