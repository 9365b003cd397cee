//! A machine with a page on the internet and another one that is in no tailnet with it: two networks with a cable between them, in which
//! a name leads to the first. An authority of the test's own has signed for it.
//!
//! The networks are made by `unshare`, so a test runs itself once more inside of the first one ([`inside`]).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use homie_trust::Roster;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair as CertificateKey, date_time_ymd};

use crate::key_door::{Network, enter, start, typed_in_until_it_is_revoked, with_settings};
use crate::machine::Machine;
use crate::mesh::until;
use crate::program::Home;
use crate::two::state;

/// Says that this process is inside, and where the authority's files lie.
const INSIDE: &str = "HOMIE_TEST_PUBLIC";

/// The name that leads to the far machine.
pub(crate) const NAME: &str = "home.example.org";

/// Only this test has that name.
const NAMES: &str = "mount --bind \"$0/hosts\" /etc/hosts\nexec \"$@\"";

/// Runs a test of this name where there is such a network. Where the kernel gives none it says so, and nothing is tested.
pub(crate) fn inside(name: &str, test: impl FnOnce(&Internet)) {
    if let Some(folder) = std::env::var_os(INSIDE) {
        return test(&Internet { network: Network::new(), folder: folder.into() });
    }
    let unshared = |arguments: &[&str]| {
        let mut command = Command::new("unshare");
        command.args(["--map-root-user", "--net", "--mount", "--"]).args(arguments);
        command
    };
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("hosts"), format!("127.0.0.1 localhost\n10.9.0.2 {NAME}\n")).unwrap();
    let key = CertificateKey::generate().unwrap();
    fs::write(folder.path().join("authority.key"), key.serialize_pem()).unwrap();
    fs::write(folder.path().join("authority.pem"), authority().self_signed(&key).unwrap().pem()).unwrap();
    let place = folder.path().to_str().unwrap();
    let can = "ip link add x type veth peer name y; mount --bind \"$0/hosts\" /etc/hosts";
    if !unshared(&["sh", "-ec", can, place]).status().is_ok_and(|status| status.success()) {
        eprintln!("SKIP {name}: this system gives no network to a test (unshare, ip, veth, mount)");
        return;
    }
    let program = std::env::current_exe().unwrap();
    let mut run = unshared(&["sh", "-ec", NAMES, place]);
    run.arg(program).args(["--exact", name, "--nocapture"]).env(INSIDE, place).stderr(Stdio::inherit());
    let run = run.env("HOMIE_TLS_CA_FILE", folder.path().join("authority.pem")).output().unwrap();
    // Not as lines of their own, which would count it as a second test.
    assert!(run.status.success(), "{name} failed in its network:\n{}", String::from_utf8_lossy(&run.stdout));
}

fn authority() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "authority of a test");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
}

/// The two networks.
pub(crate) struct Internet {
    network: Network,
    folder: PathBuf,
}

impl Internet {
    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Writes a certificate of this name until this year, and its key, as a renewal does it: each file takes the place of the one
    /// before at once. `signer` is the authority's key, or another.
    fn certify(&self, name: &str, until: i32, signer: &str) {
        let issuer = Issuer::new(authority(), CertificateKey::from_pem(signer).unwrap());
        let key = CertificateKey::generate().unwrap();
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        (params.not_before, params.not_after) = (date_time_ymd(2000, 1, 1), date_time_ymd(until, 1, 1));
        let certificate = params.signed_by(&key, &issuer).unwrap();
        for (file, text) in [("privkey.pem", key.serialize_pem()), ("fullchain.pem", certificate.pem())] {
            fs::write(self.file("new"), text).unwrap();
            fs::rename(self.file("new"), self.file(file)).unwrap();
        }
    }

    fn good(&self) {
        let signer = fs::read_to_string(self.file("authority.key")).unwrap();
        self.certify(NAME, 2090, &signer);
    }

    fn settings(&self, listen: &str) -> String {
        let (certificate, key) = (self.file("fullchain.pem"), self.file("privkey.pem"));
        format!(
            "public-origin = 'https://{NAME}'\npublic-listen = ['{listen}']\npublic-certificate = '{}'\npublic-key = '{}'\n",
            certificate.display(),
            key.display()
        )
    }

    /// The machine to which the name leads; it does not run yet.
    pub(crate) fn far(&self) -> Machine {
        self.network.machine_with(&self.settings("10.9.0.2:443"))
    }

    /// Two machines of one mesh, and nothing but the internet leads from the near one to the far one.
    pub(crate) fn two(&self) -> (Machine, Machine) {
        self.good();
        let far = self.far();
        let said = start(&far, "far");
        let open = format!("On the internet: https://{NAME}/ (at 10.9.0.2:443; devices of the mesh, by their keys)");
        assert!(said.contains(&open), "{said}");
        let near = with_settings(Home::new(), "");
        enter(&far, &near, "near");
        let said = start(&near, "near");
        assert!(!said.contains("internet"), "of what nobody wants nothing is said: {said}");
        until(&near, "far", "up");
        (near, far)
    }
}

#[test]
fn a_session_is_typed_in_over_the_internet_alone_and_whoever_is_revoked_is_out() {
    inside("public::a_session_is_typed_in_over_the_internet_alone_and_whoever_is_revoked_is_out", |internet| {
        let (near, far) = internet.two();
        let (code, words) = typed_in_until_it_is_revoked((&near, &far), &format!("https://{NAME}"));
        assert!(code == 4 && words.contains("revoked there"), "{code} {words}");
        far.done(&["kill", "build"]);

        // A machine of nobody's is a stranger there, whatever it believes.
        let stranger = with_settings(Home::new(), "");
        start(&stranger, "stranger");
        let refused = stranger.run(&["ls", "--on", &format!("https://{NAME}")]);
        assert_eq!(refused.status.code(), Some(4), "{refused:?}");
    });
}

/// A machine outside sees the certificate that is shown: it goes by what that says.
#[test]
fn the_certificate_is_replaced_while_it_runs_and_a_bad_one_is_kept_out_and_told() {
    inside("public::the_certificate_is_replaced_while_it_runs_and_a_bad_one_is_kept_out_and_told", |internet| {
        let (near, far) = internet.two();
        let goes = || near.run(&["ls", "--on", "far"]).status.success();
        let doctor = || String::from_utf8(far.run(&["doctor"]).stdout).unwrap();
        let logged = |word: &str| {
            while !far.done(&["logs"]).contains(word) {
                thread::yield_now();
            }
        };
        assert!(goes() && doctor().contains("certificate until 2090-01-01"), "{}", doctor());
        assert!(
            far.done(&["status"])
                .contains("public  https://home.example.org/ (at 10.9.0.2:443; certificate until 2090-01-01)")
        );
        let foreign = CertificateKey::generate().unwrap().serialize_pem();

        // Half of a pair, and another name's: the one before is shown.
        let good = fs::read(internet.file("fullchain.pem")).unwrap();
        internet.certify("other.example.org", 2090, &foreign);
        logged("is not for home.example.org");
        assert!(goes() && doctor().contains("is not for home.example.org"));
        assert!(far.done(&["status"]).contains("not taken"), "{}", far.done(&["status"]));
        fs::write(internet.file("fullchain.pem"), good).unwrap();
        logged("is not the one of the certificate");
        assert!(goes());

        // One that has expired does not take its place, and is told as what it is.
        internet.certify(NAME, 2001, &foreign);
        logged("it has expired on 2001-01-01");
        assert!(goes() && doctor().contains("has expired on 2001-01-01"));

        // A whole new pair is taken, though nobody here believes who has signed it; and then one that is believed.
        internet.certify(NAME, 2091, &foreign);
        logged("good until 2091-01-01");
        while goes() {
            thread::yield_now();
        }
        let (_, words) = near.refused(&["ls", "--on", "far"]);
        assert!(words.contains("certificate"), "{words}");
        internet.good();
        while !goes() {
            thread::yield_now();
        }
    });
}

#[test]
fn where_it_is_and_what_is_wrong_with_it_is_told() {
    inside("public::where_it_is_and_what_is_wrong_with_it_is_told", |internet| {
        internet.good();
        let machine = internet.far();
        start(&machine, "far");
        let status = machine.json(&["status", "--json"]);
        let found = status["listeners"].as_array().unwrap().iter().find(|one| one["kind"] == "public").cloned();
        let found = found.unwrap_or_else(|| panic!("{status:#}"));
        assert_eq!(
            (&found["url"], &found["listening"][0]),
            (&"https://home.example.org/".into(), &"10.9.0.2:443".into())
        );
        let members = || Roster::find(&state(&machine)).unwrap().members().unwrap();
        assert_eq!(members().machines()[0].pages().collect::<Vec<_>>(), ["https://home.example.org"]);

        // Without a certificate all the rest starts; an address that another one has is had or nothing starts.
        fs::remove_file(internet.file("fullchain.pem")).unwrap();
        machine.kill_node();
        let said = start(&machine, "far");
        assert!(
            said.contains("The certificate for the internet is not taken: cannot read") && said.contains("ls -lL"),
            "{said}"
        );
        let second = internet.far();
        let (code, words) = second.refused(&["up", "--detach", "--port", "0", "--allow-root"]);
        assert!(code == 1 && words.contains("cannot listen at 10.9.0.2:443") && words.contains("ss -ltnp"), "{words}");
        let told = String::from_utf8(second.run(&["doctor"]).stdout).unwrap();
        assert!(told.contains("Another program listens at 10.9.0.2:443"), "{told}");
        let elsewhere = internet.network.machine_with(&internet.settings("10.9.0.77:443"));
        let told = String::from_utf8(elsewhere.run(&["doctor"]).stdout).unwrap();
        assert!(told.contains("This machine has no address 10.9.0.77"), "{told}");

        // What makes no sense starts nothing; taken out of the settings it is taken out of the roster.
        let bad = internet.network.machine_with("public-origin = 'https://home.example.org'\n");
        let (code, words) = bad.refused(&["up", "--detach", "--port", "0", "--allow-root"]);
        assert!(code == 1 && words.contains("public-listen, public-certificate, public-key as well"), "{words}");
        machine.kill_node();
        fs::write(machine.home().path().join("config.toml"), "tailscale-socket = '/nonexistent'\n").unwrap();
        start(&machine, "far");
        assert_eq!(members().machines()[0].origins, [""; 0]);
        let (code, words) = machine.refused(&["pair", "--public"]);
        assert!(code == 4 && words.contains("public-origin"), "{words}");
    });
}

#[test]
fn root_opens_no_door_to_the_internet_that_nobody_has_asked_root_for() {
    inside("public::root_opens_no_door_to_the_internet_that_nobody_has_asked_root_for", |internet| {
        internet.good();
        let machine = internet.far();
        let said = machine.done(&["up", "--detach", "--port", "0"]);
        assert!(
            said.contains("Homie runs as root, so it opens no door to the internet.\n  homie up --allow-root"),
            "{said}"
        );
        let told = String::from_utf8(machine.run(&["doctor"]).stdout).unwrap();
        assert!(told.contains("it opens no door to the internet"), "{told}");
    });
}

#[test]
fn a_link_for_a_browser_out_there_is_printed_and_written_down() {
    inside("public::a_link_for_a_browser_out_there_is_printed_and_written_down", |internet| {
        internet.good();
        let machine = internet.far();
        start(&machine, "far");
        let told = machine.json(&["pair", "--public", "--role", "viewer", "--json"]);
        assert!(told["link"].as_str().unwrap().starts_with("https://home.example.org/#link="), "{told}");
        assert_eq!((&told["role"], &told["valid_ms"]), (&"viewer".into(), &600_000.into()));
        let output = machine.run(&["pair", "--public"]);
        let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
        assert!(said.contains("https://home.example.org/#link=") && said.contains("as operator"), "{said}");
        let audit = machine.done(&["audit"]);
        assert!(audit.contains("as viewer, for ten minutes"), "{audit}");
        assert_eq!(machine.run(&["pair", "--public", "--code"]).status.code(), Some(2));
    });
}

/// The page in a real Chromium out there. What happens in it is in `web/e2e/public.two.ts`.
#[test]
fn a_browser_out_there_opens_its_link_and_types() {
    let name = "public::a_browser_out_there_opens_its_link_and_types";
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    if !Command::new(root.join("scripts/lib/chromium")).output().is_ok_and(|found| found.status.success()) {
        eprintln!("SKIP {name}: no chromium");
        return;
    }
    inside(name, |internet| {
        let (_near, far) = internet.two();
        let mut npm = Command::new("npm");
        npm.args(["run", "--silent", "browser", "--workspace", "web", "--", "--config", "playwright.public.config.ts"]);
        npm.current_dir(&root).env("HOMIE_BIN", env!("CARGO_BIN_EXE_homie"));
        npm.env("HOMIE_PUBLIC_FAR", far.home().path());
        npm.env("HOMIE_PUBLIC_NETWORK", format!("--net=/proc/{}/ns/net", internet.network.process()));
        let output = npm.output().unwrap();
        let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
        assert!(output.status.success() && said.contains("1 passed"), "{said}");
    });
}
