//! Which words of a roster are the origin of a page that other machines can open: scheme, name and port, and nothing more. And
//! which are the address of a key door, which has no page, or a page on the internet, which is marked: no tailnet knows it.

use std::net::{IpAddr, Ipv6Addr};

/// Before the address of a key door: no browser opens it.
const KEY_DOOR: &str = "homie://";

/// Before a page on the internet: nobody's tailnet is asked where it is, and it goes out of the roster with its setting.
const INTERNET: &str = "public:";

/// How the roster has the origin of a page on the internet.
pub fn internet_origin(page: &str) -> String {
    format!("{INTERNET}{page}")
}

/// The page of what is such an origin.
pub fn internet_page(origin: &str) -> Option<&str> {
    let page = origin.strip_prefix(INTERNET)?;
    public_origin(page).filter(|(scheme, _)| *scheme == "https").map(|_| page)
}

/// How the roster has the address of a key door.
pub fn key_door_origin(host: &str, port: u16) -> String {
    if host.contains(':') { format!("{KEY_DOOR}[{host}]:{port}") } else { format!("{KEY_DOOR}{host}:{port}") }
}

/// Name or address, and port, of what is the address of a key door. A loopback address is one as well: for whoever dials it,
/// something may lead from there to the machine.
pub fn key_door(origin: &str) -> Option<(&str, u16)> {
    let (host, port) = origin.strip_prefix(KEY_DOOR)?.rsplit_once(':')?;
    let number = port.parse::<u16>().ok().filter(|number| *number > 0 && number.to_string() == port)?;
    let host = is_host(host).then(|| host.trim_start_matches('[').trim_end_matches(']'))?;
    Some((host, number))
}

/// Scheme and authority of what is an origin and nothing more, and not this machine's to whoever looks at the page. A name
/// with anything else in it could say something else in a header.
pub fn public_origin(origin: &str) -> Option<(&str, &str)> {
    let (scheme, authority) = origin.split_once("://")?;
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let is_port = |port: &str| port.parse::<u16>().is_ok_and(|number| number > 0 && number.to_string() == port);
    let is_good = matches!(scheme, "http" | "https") && is_host(host) && port.is_none_or(is_port);
    (is_good && !is_loopback(host)).then_some((scheme, authority))
}

fn is_host(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[') {
        return address.strip_suffix(']').is_some_and(|address| address.parse::<Ipv6Addr>().is_ok());
    }
    let is_inside = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let is_label = |label: &str| {
        label.bytes().all(is_inside) && !label.is_empty() && !label.starts_with('-') && !label.ends_with('-')
    };
    host.len() <= 253 && host.split('.').all(is_label)
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    let is_own = |address: IpAddr| address.is_loopback() || address.is_unspecified();
    host == "localhost" || host.ends_with(".localhost") || address.parse().is_ok_and(is_own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_a_key_door_is_taken_as_it_is_or_not_at_all_and_is_no_page() {
        for (host, port) in [("192.0.2.7", 4664), ("home.example.org", 1), ("2001:db8::7", 4664), ("127.0.0.1", 7)] {
            let origin = key_door_origin(host, port);
            assert_eq!((key_door(&origin), public_origin(&origin)), (Some((host, port)), None), "{origin}");
        }
        for bad in [
            "homie://",
            "homie://desk",
            "homie://desk:0",
            "homie://desk:04664",
            "homie://desk:70000",
            "homie://:4664",
            "homie://::1:4664",
            "homie://[desk]:4664",
            "homie://desk/:4664",
            "homie://user@desk:4664",
            "homie://desk:4664/",
            "https://desk:4664",
        ] {
            assert_eq!(key_door(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_page_on_the_internet_is_marked_and_is_nothing_else() {
        for page in ["https://home.example.org", "https://home.example.org:8443"] {
            let origin = internet_origin(page);
            assert_eq!(internet_page(&origin), Some(page));
            assert_eq!(
                (public_origin(&origin), key_door(&origin), internet_page(page)),
                (None, None, None),
                "{origin}"
            );
        }
        for bad in ["public:", "public:home.example.org", "public:http://a.example.org", "public:https://localhost"] {
            assert_eq!(internet_page(bad), None, "{bad}");
        }
    }

    #[test]
    fn an_origin_is_taken_as_it_is_or_not_at_all() {
        for good in ["https://desk.example.ts.net:4663", "http://desk:80", "https://a-1.b", "https://[fd7a::1]:4663"] {
            let (scheme, authority) = public_origin(good).expect(good);
            assert_eq!(format!("{scheme}://{authority}"), good);
        }
        for bad in [
            "",
            "*",
            "https://*",
            "https://*.ts.net",
            "https:",
            "https://",
            "data://desk",
            "wss://desk",
            "https://desk:0",
            "https://desk:65536",
            "https://desk:04663",
            "https://desk:",
            "https://desk/",
            "https://desk/path",
            "https://desk?x",
            "https://user@desk",
            "https://Desk",
            "https://desk.",
            "https://-desk",
            "https://a..b",
            "https://desk; script-src *",
            "https://desk 'unsafe-inline'",
            "https://desk,https://other",
            "https://d\u{e9}sk",
            "https://desk\r\nset-cookie: a",
            "https://[::g]:1",
            "http://localhost:4663",
            "http://a.localhost",
            "http://127.0.0.1:4663",
            "http://127.8.9.1",
            "http://[::1]:4663",
            "http://0.0.0.0",
        ] {
            assert_eq!(public_origin(bad), None, "{bad}");
        }
    }
}
