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
        lan-interfaces = ['eth0', 'wlan0']\n";
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
    let silent = parsed("").unwrap();
    assert!(!silent.dial_out());
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
