//! Functions of IP addresses.

use super::check;

#[test]
fn addresses_are_recognised() {
    check(&[
        ("isValidIp('10.0.0.1')", "1"),
        ("isValidIp('::1')", "1"),
        ("isValidIp('10.0.0.256')", "0"),
        ("isValidIp(gone)", "0"),
        ("isValidIpV4('10.0.0.1')", "1"),
        ("isValidIpV4('::1')", "0"),
        ("is_valid_ip_v6('2001:db8::1')", "1"),
        ("isValidIpV6('10.0.0.1')", "0"),
        ("ipv4ToNumber('1.2.3.4')", "16909060"),
        ("ipv4ToNumber('::1')", "-"),
    ]);
}

#[test]
fn networks_contain_addresses() {
    check(&[
        ("isIpInSubnet('10.1.2.3', '10.0.0.0/8')", "1"),
        ("isIpInSubnet('11.1.2.3', '10.0.0.0/8')", "0"),
        ("isIpInSubnet('10.1.2.3', '10.1.2.3')", "1"),
        ("isIpInSubnet('10.1.2.3', '0.0.0.0/0')", "1"),
        ("isIpInSubnet('10.1.2.3', '10.0.0.0/33')", "0"),
        ("isIpInSubnet('2001:db8::5', '2001:db8::/32')", "1"),
        ("isIpInSubnet('2001:db9::5', '2001:db8::/32')", "0"),
        ("isIpInSubnet('::1', '::/0')", "1"),
        ("isIpInSubnet('::1', '0.0.0.0/0')", "0"),
        ("isIpv4InSubnet('10.1.2.3', '10.1.0.0/16')", "1"),
        ("isIpv4InSubnet('::1', '::/0')", "0"),
        ("isIpv6InSubnet('fe80::1', 'fe80::/10')", "1"),
        ("isIpInSubnet(gone, '10.0.0.0/8')", "0"),
    ]);
}

#[test]
fn addresses_are_private_reserved_or_public() {
    for (address, kind) in [
        ("10.1.1.1", "100"),
        ("172.31.0.1", "100"),
        ("192.168.1.1", "100"),
        ("fd00::1", "100"),
        ("127.0.0.1", "010"),
        ("169.254.1.1", "010"),
        ("100.64.0.1", "010"),
        ("224.0.0.1", "010"),
        ("255.255.255.255", "010"),
        ("203.0.113.9", "010"),
        ("::1", "010"),
        ("fe80::1", "010"),
        ("172.32.0.1", "001"),
        ("8.8.8.8", "001"),
        ("2606:4700::1111", "001"),
        ("x", "000"),
    ] {
        let call =
            format!("concat(isPrivateIP('{address}'), isReservedIP('{address}'), isPublicIP('{address}'))");
        check(&[(&call, &format!("{kind:?}"))]);
    }
}
