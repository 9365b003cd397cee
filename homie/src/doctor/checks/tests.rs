//! Each fault alone, and nothing else found beside it. `homie/tests/command/doctor.rs` has them on a real machine.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use homie_gateway::{PairFiles, Validity, plan_serve};
use homie_tailnet::{ServeConfig, Status, TailnetError};
use homie_trust::{ClosedDoor, KeptAt, KeyDoor, KeyStore, OpenDoor, Policy, PublicDoor};
use serde_json::{Value, json};

use super::*;
use crate::doctor::facts::{
    Clock, DialOut, Files, Key, KeyAddress, KeyProblem, Listened, OpenFile, PublicFacts, Running, Serve, SettingsFile,
    Tailscaled,
};

const ALICE: &str = "alice@example.com";

/// A machine on which nothing is wrong.
fn well() -> Facts {
    let policy = Policy { owner: Some(ALICE.to_owned()), ..Policy::default() };
    Facts {
        cloned: None,
        settings: SettingsFile { path: "/c/config.toml".into(), problem: None, trusts: false, absent: Vec::new() },
        policy,
        is_root: false,
        gateway: None,
        page: PagePort::Free(4663),
        key_door: Vec::new(),
        public: None,
        dial_out: None,
        tailnet: tailnet(&status(), &json!({}), Ok(())),
        files: Files { state: "/s".into(), problem: None, open: Vec::new(), seen: 1, is_cut: false, newest: None },
        store: KeyStore::File,
        keys: vec![Key { name: "machine.key", found: Ok(true) }],
        stays: Some(true),
        clock: Clock { now: SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000), is_kept: Some(true) },
    }
}

fn status() -> Value {
    json!({
        "Version": "1.102.3", "TUN": true, "BackendState": "Running", "TailscaleIPs": ["100.64.0.1"],
        "Self": { "DNSName": "gw.tail.test." }, "CertDomains": ["gw.tail.test"],
    })
}

fn tailnet(status: &Value, config: &Value, may: Result<(), TailnetError>) -> TailnetFacts {
    let status = Status::parse(status.to_string().as_bytes()).unwrap();
    let config = ServeConfig::parse(config.to_string().as_bytes()).unwrap();
    let plan = plan_serve(&config, &status, PathBuf::from("/s/serve.sock"), 4663);
    let serve = status.is_running().then_some(Serve { plan, may: Some(may) });
    TailnetFacts::Answers(Box::new(Tailscaled { status, is_own_user: false, serve }))
}

fn with_status(change: impl FnOnce(&mut Value)) -> Facts {
    let mut said = status();
    change(&mut said);
    Facts { tailnet: tailnet(&said, &json!({}), Ok(())), ..well() }
}

fn ids(facts: &Facts) -> Vec<String> {
    check(facts).into_iter().map(|finding| finding.id).collect()
}

fn denied() -> TailnetError {
    TailnetError::Denied { what: "the Serve configuration", said: "no".to_owned() }
}

fn needs_admin() -> TailnetError {
    TailnetError::NeedsAdmin { what: "the Serve configuration", said: "no".to_owned() }
}

#[test]
fn nothing_is_found_where_nothing_is_wrong() {
    assert_eq!(check(&well()), Vec::new());
    assert_eq!(looks(&well()).len(), 6);
}

#[test]
fn each_fault_of_the_key_door_is_found_alone() {
    let at =
        |address: &str| KeyAddress { address: address.parse().unwrap(), is_here: true, is_taken: false, is_told: true };
    let with = |key_door: KeyAddress| Facts { key_door: vec![key_door], ..well() };
    let (lan, loopback) = (at("192.168.1.5:4664"), at("127.0.0.1:4664"));
    assert_eq!((ids(&with(lan)), looks(&with(lan)).len()), (Vec::new(), 7));
    assert_eq!(ids(&with(KeyAddress { is_here: false, ..lan })), ["key-door-address"]);
    assert_eq!(ids(&with(KeyAddress { is_taken: true, ..lan })), ["key-door-port"]);
    assert_eq!(ids(&with(loopback)), ["key-door-loopback"]);
    assert_eq!(ids(&with(KeyAddress { is_told: false, ..loopback })), [""; 0], "something leads there");

    let door = KeyDoor { listening: vec![lan.address], origins: vec!["homie://192.168.1.5:4664".to_owned()] };
    let gateway = |keyed| Some(Running { keyed, ..running(None, None) });
    let open = Facts { gateway: gateway(Some(door)), ..with(KeyAddress { is_taken: true, ..lan }) };
    assert_eq!(ids(&open), [""; 0], "it is ours that listens");
    assert!(looks(&open).iter().any(|look| look.found.contains("is open at 192.168.1.5:4664")));
    let closed = Facts { gateway: gateway(None), is_root: true, ..with(lan) };
    assert!(ids(&closed).contains(&"key-door-root".to_owned()), "{:?}", ids(&closed));
}

#[test]
fn each_fault_of_the_door_to_the_internet_is_found_alone() {
    const DAY: u64 = 86_400;
    let at = Listened { address: "[::]:443".parse().unwrap(), is_here: true, is_taken: false, is_forbidden: false };
    let good = PublicFacts {
        listen: vec![at],
        files: PairFiles { certificate: "/c/fullchain.pem".into(), key: "/c/privkey.pem".into() },
        pair: Ok(Validity { from: 0, until: 1_000_000 + 30 * DAY }),
        is_key_open: false,
    };
    let with = |door: PublicFacts| Facts { public: Some(door), ..well() };
    let listening = |at: Listened| with(PublicFacts { listen: vec![at], ..good.clone() });
    let pair = |pair| with(PublicFacts { pair, ..good.clone() });
    assert_eq!((ids(&with(good.clone())), looks(&with(good.clone())).len()), (Vec::new(), 7));
    assert_eq!(ids(&listening(Listened { is_here: false, ..at })), ["public-address"]);
    assert_eq!(ids(&listening(Listened { is_taken: true, ..at })), ["public-port"]);
    assert_eq!(ids(&listening(Listened { is_forbidden: true, ..at })), ["public-right"]);
    assert_eq!(ids(&pair(Err("it is none".to_owned()))), ["public-certificate"]);
    assert_eq!(ids(&pair(Ok(Validity { from: 0, until: 999_999 }))), ["public-expired"]);
    assert_eq!(ids(&pair(Ok(Validity { from: 1_000_001, until: 9_000_000 }))), ["public-early"]);
    assert_eq!(ids(&pair(Ok(Validity { from: 0, until: 1_000_000 + 13 * DAY }))), ["public-expires"]);
    let open_key = with(PublicFacts { is_key_open: true, ..good.clone() });
    assert_eq!(check(&open_key)[0].fix, "sudo chmod 600 '/c/privkey.pem'");
    assert_eq!(ids(&open_key), ["public-key-open"]);

    let door = PublicDoor { listening: vec![at.address], origin: "https://home.example.org".to_owned() };
    let gateway = |public| Some(Running { public, ..running(None, None) });
    let taken = Listened { is_taken: true, is_forbidden: true, ..at };
    let open = Facts { gateway: gateway(Some(door)), ..listening(taken) };
    assert_eq!(ids(&open), [""; 0], "it is ours that listens");
    let told = looks(&open);
    assert!(
        told.iter()
            .any(|look| look.found.contains("https://home.example.org/") && look.found.contains("until 1970-02-11"))
    );
    let closed = Facts { gateway: gateway(None), is_root: true, ..with(good) };
    assert!(ids(&closed).contains(&"public-root".to_owned()), "{:?}", ids(&closed));
}

#[test]
fn each_fault_of_dialling_out_is_found_alone() {
    let with = |takers: &[&str], kept: Option<Vec<KeptAt>>| {
        let takers = takers.iter().map(ToString::to_string).collect();
        Facts { dial_out: Some(DialOut { takers, kept }), ..well() }
    };
    let at = |lies, why: Option<&str>| KeptAt { name: "gw".to_owned(), lies, why: why.map(str::to_owned) };
    assert_eq!(ids(&with(&[], None)), ["dial-out-nobody"]);
    for good in
        [with(&["gw"], None), with(&["gw"], Some(vec![at(true, None)])), with(&["gw"], Some(vec![at(false, None)]))]
    {
        assert_eq!((ids(&good), looks(&good).len()), (Vec::new(), 7));
    }
    let away = with(&["gw"], Some(vec![at(false, Some("it is off"))]));
    assert_eq!(ids(&away), ["dial-out-away"]);
    assert!(check(&away)[0].what.contains("gw takes no connection: it is off"));
    let root = Facts { gateway: Some(running(None, None)), is_root: true, ..with(&["gw"], None) };
    assert!(ids(&root).contains(&"dial-out-root".to_owned()), "{:?}", ids(&root));
}

#[test]
fn each_fault_of_the_tailnet_is_found_alone() {
    let silent = TailnetFacts::Silent(TailnetError::Unsupported("the status"));
    assert_eq!(ids(&Facts { tailnet: silent, ..well() }), ["tailscaled-absent"]);
    assert_eq!(ids(&with_status(|said| said["BackendState"] = json!("NeedsLogin"))), ["logged-out"]);
    assert_eq!(ids(&with_status(|said| said["CertDomains"] = Value::Null)), ["https-off"]);
    assert_eq!(ids(&with_status(|said| said["TUN"] = json!(false))), ["userspace"]);
    assert_eq!(ids(&with_status(|said| said["Version"] = json!("1.93.9-t1"))), ["tailscale-old"]);
    assert_eq!(ids(&Facts { policy: Policy::default(), ..well() }), ["no-owner"]);
    assert_eq!(ids(&Facts { is_root: true, ..well() }), ["root"]);
    let trusting = Policy { trust_tailnet: true, ..well().policy };
    assert_eq!(ids(&Facts { policy: trusting, ..well() }), ["trust-tailnet"]);
}

#[test]
fn versions_are_read_leniently() {
    for version in ["1.94.0", "1.102.3-ERR-BuildInfo", "2.0", "unknown", ""] {
        assert!(ids(&with_status(|said| said["Version"] = json!(version))).is_empty(), "{version}");
    }
}

#[test]
fn what_is_on_our_port_is_found_whether_or_not_a_door_is_open() {
    let site = "gw.tail.test:4663";
    let proxy = json!({ "Proxy": "unix:/s/serve.sock" });
    let web =
        |handlers: Value| json!({ "TCP": { "4663": { "HTTPS": true } }, "Web": { site: { "Handlers": handlers } } });
    let mut funnel = web(json!({ "/": proxy }));
    funnel["AllowFunnel"] = json!({ site: true });
    let foreign = web(json!({ "/": proxy, "/x": { "Path": "/srv" } }));
    for (config, id) in [(funnel, "funnel"), (foreign, "foreign-mount")] {
        let mut facts = Facts { tailnet: tailnet(&status(), &config, Ok(())), ..well() };
        assert_eq!(ids(&facts), [id]);
        facts.gateway = Some(running(Some(OpenDoor::served("gw.tail.test", 4663, true, true)), None));
        assert_eq!(ids(&facts), [id]);
    }
    let taken: Value = (4663..=4672).map(|port| (port.to_string(), json!({ "TCPForward": "127.0.0.1:22" }))).collect();
    let config = json!({ "TCP": taken });
    assert_eq!(ids(&Facts { tailnet: tailnet(&status(), &config, Ok(())), ..well() }), ["port-taken"]);
}

#[test]
fn a_right_is_missed_only_where_there_is_no_other_door() {
    let facts = |may, tun: bool| {
        let mut said = status();
        said["TUN"] = json!(tun);
        Facts { tailnet: tailnet(&said, &json!({}), Err(may)), ..well() }
    };
    assert_eq!(ids(&facts(denied(), true)), ["serve-rights"]);
    assert!(ids(&facts(needs_admin(), true)).is_empty(), "an operator has the certificate");
    assert_eq!(ids(&facts(needs_admin(), false)), ["serve-rights", "userspace"]);
    let open = running(Some(OpenDoor::direct("gw.tail.test", 4663)), None);
    assert!(ids(&Facts { gateway: Some(open), ..facts(denied(), true) }).is_empty());
}

fn running(door: Option<OpenDoor>, closed: Option<ClosedDoor>) -> Running {
    Running { addr: ([127, 0, 0, 1], 4663).into(), instead_of: None, door, closed, keyed: None, public: None }
}

#[test]
fn what_the_gateway_has_met_is_told_once() {
    let closed = |kind: &str| {
        let (kind, sentence, command) = (kind.to_owned(), "No.".to_owned(), "x".to_owned());
        running(None, Some(ClosedDoor { kind, sentence, command }))
    };
    assert_eq!(ids(&Facts { gateway: Some(closed("no-certificate")), ..well() }), ["no-certificate"]);
    let facts = with_status(|said| said["CertDomains"] = Value::Null);
    assert_eq!(ids(&Facts { gateway: Some(closed("https-off")), ..facts }), ["https-off"]);
}

#[test]
fn each_fault_of_the_machine_is_found_alone() {
    let file = |path: &str, is_ours| OpenFile { path: path.into(), mode: 0o644, wanted: 0o600, is_ours };
    let files = |open| Files { open, ..well().files };
    let open = check(&Facts { files: files(vec![file("/s/machine.key", true)]), ..well() });
    assert_eq!(
        (open[0].id.as_str(), open[0].fix.as_str(), open[0].fixable),
        ("open-file", "chmod 600 '/s/machine.key'", true)
    );
    let foreign = check(&Facts { files: files(vec![file("/s/x", false)]), ..well() });
    assert_eq!((foreign[0].id.as_str(), foreign[0].fixable), ("foreign-file", false));
    let settings = SettingsFile { problem: Some("it makes no sense".to_owned()), ..well().settings };
    assert_eq!(ids(&Facts { settings, ..well() }), ["settings"]);
    let broken = Files { problem: Some("it is a link".to_owned()), ..well().files };
    assert_eq!(ids(&Facts { files: broken, ..well() }), ["state-directory"]);
    let keys =
        || vec![Key { name: "machine.key", found: Err(KeyProblem { what: "it is no key".to_owned(), fix: None }) }];
    assert_eq!(ids(&Facts { keys: keys(), ..well() }), ["key"]);
    let what = "machine.key of this machine is lost: the keyring has it no more".to_owned();
    let lost = || Err(KeyProblem { what: what.clone(), fix: Some("put it back".to_owned()) });
    let lost = || vec![Key { name: "machine.key", found: lost() }];
    let found = check(&Facts { store: KeyStore::Keyring, keys: lost(), ..well() });
    assert_eq!((found.len(), found[0].id.as_str(), found[0].fix.as_str()), (1, "key-store", "put it back"));
    let told_as_file = Facts { keys: keys(), files: files(vec![file("/s/machine.key", true)]), ..well() };
    assert_eq!(ids(&told_as_file), ["open-file"]);
    assert_eq!(ids(&Facts { page: PagePort::Taken { port: 4663, is_chosen: true }, ..well() }), ["page-port"]);
    let unchosen = Facts { page: PagePort::Taken { port: 4663, is_chosen: false }, ..well() };
    assert!(ids(&unchosen).is_empty(), "the next one will do");
    let moved = check(&Facts { page: PagePort::Moved { usual: 4663, port: 4664 }, ..well() });
    assert_eq!((moved[0].id.as_str(), moved[0].fix.as_str()), ("page-port", "homie up --port 4664"));
    assert_eq!(ids(&Facts { stays: Some(false), ..well() }), ["lingering"]);
    assert!(ids(&Facts { stays: None, ..well() }).is_empty());
}

#[test]
fn the_clock_is_wrong_if_somebody_says_so_or_a_file_is_of_the_future() {
    let clock = |is_kept, ahead: u64| {
        let now = well().clock.now;
        let newest = Some((Path::new("/s/roster").to_owned(), now + Duration::from_secs(ahead)));
        Facts { clock: Clock { now, is_kept }, files: Files { newest, ..well().files }, ..well() }
    };
    assert_eq!(ids(&clock(Some(false), 0)), ["clock"]);
    assert_eq!(ids(&clock(Some(true), 3_600)), ["clock"]);
    assert!(ids(&clock(Some(true), 60)).is_empty());
    let nobody = clock(None, 0);
    assert!(ids(&nobody).is_empty());
    assert!(looks(&nobody).iter().any(|look| look.about == "clock" && look.found.contains("nobody here says")));
}

#[test]
fn everything_found_says_why_and_how() {
    let facts = Facts { policy: Policy { trust_tailnet: true, ..Policy::default() }, stays: Some(false), ..well() };
    for finding in check(&facts) {
        assert!(!finding.what.is_empty() && !finding.why.is_empty() && !finding.fix.contains('\n'), "{finding:?}");
    }
}
