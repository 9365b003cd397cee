//! What tailscaled answers: nothing of it may panic, and a Serve configuration is written as it was read.
#![no_main]

use homie_tailnet::{Change, Mount, Scheme, ServeConfig, Standing, Status, Whois};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _status = Status::parse(bytes);
    let _changes = Change::parse(bytes);
    if let Ok(whois) = Whois::parse(bytes) {
        assert!(!whois.node.stable_id.is_empty());
    }
    if let Ok(config) = ServeConfig::parse(bytes) {
        assert_eq!(ServeConfig::parse(&config.to_json()).expect("what was written can be read"), config);
        plan(&config);
    }
});

fn plan(config: &ServeConfig) {
    let mount = Mount {
        name: "gw.tail.test".to_owned(),
        port: 4663,
        scheme: Scheme::Https,
        socket: "/run/us.sock".into(),
        capabilities: vec!["example.com/cap/mesh".to_owned()],
    };
    if let Ok(Some(with)) = config.with(&mount) {
        assert_eq!(with.standing(&mount), Ok(Standing::Ready));
        assert!(matches!(with.without(&mount), Ok(Some(_))));
    }
    if let Ok(Some(without)) = config.without(&mount) {
        assert_eq!(without.without(&mount), Ok(None));
    }
}
