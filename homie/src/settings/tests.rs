//! What the file may say, and what is said of what it may not.

use super::*;

fn parsed(text: &str) -> Result<Settings, String> {
    Settings::parse(text, Path::new("config.toml")).map_err(|error| format!("{error:#}"))
}

#[test]
fn what_the_file_says_holds() {
    let text = "port = 8080\nname = 'desk'\ntags = ['gpu']\ndetach-key = 'C-q'\nhistory-memory = 16\nclipboard = true\n\
        owner = 'alice@example.com'\ntrust-tailnet = true\nallow = ['bob@example.com viewer', 'tag:ci operator']\n\
        capability = 'example.com/cap/mesh'\nceiling = 'operator'\ntailnet-port = 8443\ntailscale-socket = '/run/ts'\n\
        shared-secret = 'viewer'\nmachines = ['shed.example.org:4663', '192.0.2.7']\nkey-door = ['192.0.2.5:4664', '[::]:4664']\n\
        key-door-at = ['home.example.org:4664']\ndial-out = true\n\
        lan-interfaces = ['eth0', 'wlan0']\npublic-origin = 'https://home.example.org:8443'\n\
        public-listen = ['0.0.0.0:443', '[::]:443']\npublic-certificate = '/a/fullchain.pem'\npublic-key = '/a/privkey.pem'\n";
    let settings = parsed(text).unwrap();
    assert_eq!((settings.port(), settings.name().as_str(), settings.detach_key().name()), (Some(8080), "desk", "C-q"));
    assert_eq!(settings.history_memory(), 16 << 20);
    assert!(settings.clipboard() && settings.keys().iter().all(|key| key.is_set));
    assert_eq!((settings.owner().as_deref(), settings.trust_tailnet()), (Some("alice@example.com"), Some(true)));
    assert_eq!((settings.allowed().len(), settings.ceiling()), (2, Role::Operator));
    assert_eq!((settings.tailnet_port(), settings.tailscale_socket()), (8443, Some(Path::new("/run/ts"))));
    assert_eq!(settings.shared_secret(), Some(Role::Viewer));
    assert_eq!(settings.finding().machines.iter().map(|machine| machine.port).collect::<Vec<_>>(), [Some(4663), None]);
    assert_eq!(settings.finding().lan.map(|lan| lan.interfaces), Some(vec!["eth0".to_owned(), "wlan0".to_owned()]));
    assert!(settings.dial_out());
    let public = settings.public().unwrap();
    assert_eq!((public.name.as_str(), public.origin.as_str()), ("home.example.org", "https://home.example.org:8443"));
    assert_eq!((public.listen.len(), public.highest), (2, Role::Operator));
    assert_eq!(public.files.key, Path::new("/a/privkey.pem"));
    let silent = parsed("").unwrap();
    assert!(!silent.dial_out() && silent.public().is_none());
    assert!(silent.finding().lan.is_none() && parsed("lan-interfaces = []").unwrap().finding().lan.is_none());
    assert_eq!(silent.shared_secret(), None);
    assert_eq!((silent.owner(), silent.trust_tailnet(), silent.ceiling()), (None, None, Role::Owner));
    assert_eq!(silent.history_memory(), HISTORY_MEMORY);
    assert_eq!((silent.port(), silent.detach_key().name()), (None, "C-\\"));
    assert!(!silent.keys().iter().any(|key| key.is_set));
}

#[test]
fn a_mistake_is_told_with_its_key() {
    for (text, word) in [
        ("prot = 1", "prot"),
        ("port = 70000", "port"),
        ("port = 'x'", "port"),
        ("name = ''", "name"),
        ("tags = ['GPU 1']", "tags"),
        ("detach-key = 'Enter'", "Enter"),
        ("history-memory = 0", "1 MiB"),
        ("history-memory = -1", "history-memory"),
        ("ceiling = 'admin'", "ceiling"),
        ("allow = ['bob@example.com']", "a role"),
        ("allow = ['bob@example.com root']", "viewer"),
        ("shared-secret = 'owner'", "neither viewer nor operator"),
        ("machines = ['http://shed']", "not protected"),
        ("machines = ['a b']", "no machine"),
        ("machines = ['[fd7a::1]:4663']", "IPv4"),
        ("lan-interfaces = ['lo']", "this machine alone"),
        ("lan-interfaces = ['--all']", "no interface"),
        ("lan-interfaces = ['']", "no interface"),
        ("lan-interfaces = ['an interface']", "no interface"),
        ("dial-out = ['gw']", "dial-out"),
        ("key-door = []", "leave the line out"),
        ("key-door = ['192.168.1.5']", "no address and port"),
        ("key-door = ['192.168.1.5:0']", "no address and port"),
        ("key-door = ['desk:4664']", "no address and port"),
        ("key-door = '192.168.1.5:4664'", "key-door"),
        ("key-door-at = ['desk:4664']", "without key-door"),
        ("key-door = ['0.0.0.0:4664']\nkey-door-at = ['desk']", "home.example.org"),
        ("key-door = ['0.0.0.0:4664']\nkey-door-at = ['https://desk:4664']", "home.example.org"),
        ("key-door = ['0.0.0.0:4664']\nkey-door-at = ['a_b:4664']", "home.example.org"),
        ("port =", "line 1"),
    ] {
        let words = parsed(text).unwrap_err();
        assert!(words.contains("config.toml") && words.contains(word), "{text}: {words}");
    }
}

/// Each mistake in what belongs to the door to the internet, alone.
#[test]
fn a_mistake_in_the_door_to_the_internet_is_told_with_what_to_write() {
    let good = [
        ("public-origin", "'https://home.example.org'"),
        ("public-listen", "['[::]:443']"),
        ("public-certificate", "'/a/fullchain.pem'"),
        ("public-key", "'/a/privkey.pem'"),
    ];
    let text = |changed: &str, value: Option<&str>| {
        let lines = good.iter().filter_map(|(key, usual)| {
            let value = if *key == changed { value } else { Some(*usual) };
            value.map(|value| format!("{key} = {value}\n"))
        });
        lines.collect::<String>()
    };
    assert!(parsed(&text("", None)).is_ok());
    for (key, _) in good {
        let words = parsed(&text(key, None)).unwrap_err();
        assert!(words.contains("belong together") && words.contains(&format!("write {key} as well")), "{words}");
    }
    for (key, value, word) in [
        ("public-origin", "'http://home.example.org'", "https://home.example.org is"),
        ("public-origin", "'home.example.org'", "https://home.example.org is"),
        ("public-origin", "'https://home.example.org/'", "with nothing behind"),
        ("public-origin", "'https://Home.example.org'", "in small letters"),
        ("public-origin", "'https://*.example.org'", "https://home.example.org is"),
        ("public-origin", "'https://localhost'", "https://home.example.org is"),
        ("public-origin", "'https://home.example.org:443'", "leave :443 out; write https://home.example.org"),
        ("public-origin", "'https://192.0.2.7'", "no name that an authority signs for"),
        ("public-origin", "'https://[2001:db8::7]:8443'", "no name that an authority signs for"),
        ("public-origin", "'https://home'", "no name that an authority signs for"),
        ("public-listen", "[]", "0.0.0.0:443 are all of IPv4"),
        ("public-listen", "['443']", "no address and port"),
        ("public-listen", "['home.example.org:443']", "no address and port"),
        ("public-listen", "['0.0.0.0:0']", "no address and port"),
        (
            "public-listen",
            "['0.0.0.0:1','0.0.0.0:2','0.0.0.0:3','0.0.0.0:4','0.0.0.0:5','0.0.0.0:6','0.0.0.0:7','0.0.0.0:8','0.0.0.0:9']",
            "at most 8",
        ),
        ("public-certificate", "'fullchain.pem'", "write the whole path"),
        ("public-key", "'~/privkey.pem'", "privkey.pem"),
    ] {
        let words = parsed(&text(key, Some(value))).unwrap_err();
        assert!(words.contains(key) && words.contains(word), "{key} {value}: {words}");
    }
}
