"""The address check: every way inside is closed, the public network is open."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.address import check_address, is_disguised, parse_allow
from transforms.outcomes import Failed

CLOSED_V4 = [
    "0.0.0.0",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
]
OPEN_V4 = ["1.1.1.1", "9.255.255.255", "11.0.0.1", "100.63.255.255", "100.128.0.1", "172.32.0.1"]
CLOSED_V6 = [
    "::",
    "::1",
    "::127.0.0.1",
    "::8.8.8.8",
    "::ffff:0:8.8.8.8",
    "100::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
    "2001:2::1",
    "2001:10::1",
    "3fff::1",
    "5f00::1",
    "4000::1",
]
OPEN_V6 = ["2606:4700:4700::1111", "2a00:1450:4001:82f::200e", "2400:cb00::1"]


def is_open(address: str) -> bool:
    try:
        check_address(address, ())
    except Failed as failed:
        return (failed.reason, failed.passing) != ("blocked_address", False)
    return True


def embedding(inner: str) -> list[str]:
    """The IPv6 forms that lead to the IPv4 address `inner`."""
    raw = IPv4Address(inner).packed
    flipped = bytes(byte ^ 0xFF for byte in raw)
    public = IPv4Address("8.8.4.4").packed
    forms = [
        bytes(10) + b"\xff\xff" + raw,  # mapped
        bytes.fromhex("0064ff9b") + bytes(8) + raw,  # NAT64
        bytes.fromhex("0064ff9b0001") + bytes(6) + raw,  # local NAT64, /96
        bytes.fromhex("0064ff9b0001") + raw[:2] + b"\0" + raw[2:] + bytes(5),  # the same, /48
        bytes.fromhex("2002") + raw + bytes(10),  # 6to4
        bytes.fromhex("20010000") + public + bytes(4) + flipped,  # Teredo, as client
    ]
    return [str(IPv6Address(form)) for form in forms]


@pytest.mark.parametrize("address", CLOSED_V4 + CLOSED_V6)
def test_what_is_not_public_is_closed(address):
    assert not is_open(address)


@pytest.mark.parametrize("address", OPEN_V4 + OPEN_V6)
def test_what_is_public_is_open(address):
    assert is_open(address)


@pytest.mark.parametrize("inner", CLOSED_V4)
def test_an_ipv6_form_of_a_closed_address_is_closed(inner):
    assert [form for form in embedding(inner) if is_open(form)] == []


@pytest.mark.parametrize("inner", ["1.1.1.1", "93.184.216.34"])
def test_an_ipv6_form_of_a_public_address_is_open(inner):
    assert [form for form in embedding(inner) if not is_open(form)] == []


def test_teredo_is_closed_when_its_server_is():
    assert not is_open("2001:0:a00:1::f7f7:f7f7")


def test_local_nat64_with_two_readings_is_closed():
    # 8.8.8.8 to a translator whose prefix is a /96, 10.0.0.1 to one whose prefix is a /48.
    assert not is_open("64:ff9b:1:a00:0:100:808:808")


@given(st.ip_addresses(v=4))
def test_an_ipv6_form_is_as_open_as_the_address_in_it(inner):
    forms = embedding(str(inner))
    local_48 = forms.pop(3)  # may read as another form when its last bytes are zero
    assert {is_open(form) for form in forms} == {is_open(str(inner))}
    assert is_open(str(inner)) or not is_open(local_48)


@given(st.ip_addresses(v=6))
def test_python_never_calls_private_what_is_open(address):
    if is_open(str(address)) and address in IPv6Network("2000::/3"):
        assert not any((address.is_private, address.is_multicast, address.is_reserved))


@given(st.ip_addresses(v=4))
def test_python_never_calls_an_ipv4_address_private_that_is_open(address):
    if is_open(str(address)):
        assert not any((address.is_private, address.is_multicast, address.is_reserved))


def test_an_allowed_address_does_not_open_the_ipv6_forms_of_it():
    allow = parse_allow(["127.0.0.1"])
    check_address("127.0.0.1", allow)
    for form in embedding("127.0.0.1"):
        with pytest.raises(Failed):
            check_address(form, allow)


def test_networks_are_listed_by_address_or_prefix():
    assert [str(network) for network in parse_allow(["127.0.0.1", " 10.1.0.0/16", "::1"])] == [
        "127.0.0.1/32",
        "10.1.0.0/16",
        "::1/128",
    ]


@pytest.mark.parametrize("value", ["localhost", "127.0.0", "10.1.2.3/8", "", "10.0.0.0/99"])
def test_what_is_no_network_is_told_by_name(value):
    with pytest.raises(ValueError, match="could be allowed"):
        parse_allow([value])


def test_only_the_usual_spelling_of_an_address_is_plain():
    for host in ("2130706433", "127.1", "0x7f.1", "0177.0.0.1", "127.0.0.01", "0"):
        assert is_disguised(host), host
    for host in ("127.0.0.1", "example.org", "1password.example", "::1", "a", "é.example"):
        assert not is_disguised(host), host
