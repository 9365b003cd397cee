//! A person of the system under test: logs in, installs Homie as a service, starts shells, and looks after them.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::system::{answer, done, root, until, wait_for_boot};

/// How many shells each of them has.
const SHELLS: usize = 32;

/// Processes by number, with when each was born: the same number later is the same process.
pub(crate) type Born = BTreeMap<u64, String>;

/// A person. Everything of theirs ends with the test.
pub(crate) struct Person {
    name: String,
    uid: String,
    login: Option<Child>,
}

impl Person {
    /// The person of this number, logged in, with the program in their own folder.
    pub(crate) fn new(number: u8) -> Self {
        wait_for_boot();
        let name = format!("person{number}");
        let uid = done(&mut root(&["id", "-u", &name])).trim().to_owned();
        let mut person = Self { name, uid, login: None };
        person.log_in();
        person.shell("mkdir -p ~/.config/homie; echo 'port = 0' >~/.config/homie/config.toml");
        person.replace_program();
        person
    }

    /// A person whose service has shells to look after.
    pub(crate) fn with_shells(number: u8) -> (Self, Born) {
        let person = Self::new(number);
        person.homie(&["service", "install"]);
        person.shell(&format!(
            "for i in $(seq {SHELLS}); do homie new --detach --name shell-$i >/dev/null || exit; done"
        ));
        let shells = person.shells();
        assert_eq!(shells.len(), SHELLS);
        (person, shells)
    }

    fn log_in(&mut self) {
        let mut su = root(&["su", "--login", &self.name, "--command", "echo in; exec sleep 1000"]);
        let mut login = su.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut said = String::new();
        BufReader::new(login.stdout.take().unwrap()).read_line(&mut said).unwrap();
        assert_eq!(said, "in\n");
        self.login = Some(login);
    }

    /// Ends the login and everything that ends with it.
    pub(crate) fn log_out(&mut self) {
        if let Some(mut login) = self.login.take() {
            done(&mut root(&["pkill", "-KILL", "-u", &self.name, "-x", "sleep"]));
            login.wait().unwrap();
            until("the end of the login", || {
                let told = answer(&mut root(&["loginctl", "show-user", &self.name, "--property=Sessions"])).ok()?;
                (told.trim() == "Sessions=").then_some(())
            });
        }
    }

    /// Puts the programs where they were, as a package or an installer does: the new file takes the old one's name.
    pub(crate) fn replace_program(&self) {
        let replace =
            "for it in homie homie-hold; do cp /opt/homie/$it $it.new && sync $it.new && mv $it.new $it || exit; done";
        self.shell(&format!("mkdir -p ~/.local/bin; cd ~/.local/bin; {replace}"));
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// A command as this person.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let home = format!("/home/{}", self.name);
        let environment = [
            format!("HOME={home}"),
            format!("USER={}", self.name),
            format!("XDG_RUNTIME_DIR=/run/user/{}", self.uid),
            format!("PATH={home}/.local/bin:/usr/bin:/bin"),
        ];
        let environment: Vec<_> = environment.iter().map(String::as_str).collect();
        root(&[&["runuser", "-u", &self.name, "--", "env", "--chdir", &home][..], &environment, words].concat())
    }

    pub(crate) fn shell(&self, script: &str) -> String {
        done(&mut self.command(&["sh", "-c", script]))
    }

    pub(crate) fn homie(&self, words: &[&str]) -> String {
        done(&mut self.command(&[&["homie"], words].concat()))
    }

    pub(crate) fn json(&self, words: &[&str]) -> Value {
        serde_json::from_str(&self.homie(&[words, &["--json"]].concat())).unwrap()
    }

    pub(crate) fn systemctl(&self, words: &[&str]) -> String {
        done(&mut self.command(&[&["systemctl", "--user"], words].concat()))
    }

    /// What a unit has logged, and systemd of it.
    pub(crate) fn journal(&self, unit: &str) -> String {
        self.shell(&format!("journalctl --user --no-pager --unit {unit}"))
    }

    /// The node's process, once it answers.
    pub(crate) fn node(&self) -> u64 {
        until("a node that answers", || {
            let told = answer(&mut self.command(&["homie", "status", "--json"])).ok()?;
            serde_json::from_str::<Value>(&told).unwrap()["node"]["pid"].as_u64()
        })
    }

    /// Does something, and waits for another node.
    pub(crate) fn until_another_node(&self, end: impl FnOnce(&str)) -> u64 {
        let before = self.node();
        end(&before.to_string());
        until("another node", || Some(self.node()).filter(|node| *node != before))
    }

    /// The shells that live, as their holders wrote them down.
    pub(crate) fn shells(&self) -> Born {
        self.born("pid")
    }

    /// Their holders that live.
    pub(crate) fn holders(&self) -> Born {
        self.born("holder")
    }

    /// What the holder of a session wrote down.
    pub(crate) fn record(&self, name: &str) -> Value {
        self.records().into_iter().find(|record| record["name"] == name).unwrap()
    }

    fn records(&self) -> Vec<Value> {
        let records = self.shell("cat ~/.local/state/homie/holders/*/spec.json 2>/dev/null || true");
        serde_json::Deserializer::from_str(&records).into_iter().map(Result::unwrap).collect()
    }

    fn born(&self, who: &str) -> Born {
        let pids = self.records().iter().map(|record| record[who].to_string()).collect::<Vec<_>>().join(" ");
        let told = self.shell(&format!("for pid in {pids}; do cat /proc/$pid/stat; done 2>/dev/null || true"));
        told.lines().filter_map(birth).collect()
    }

    /// All shells are the same processes as before, the node lists them as running, and each does what is typed.
    pub(crate) fn expects(&self, shells: &Born, after: &str) {
        assert_eq!(&self.shells(), shells, "after {after}");
        let listed = self.json(&["ls"]);
        let running = listed.as_array().unwrap().iter().filter(|session| session["state"] == "running");
        assert_eq!(running.count(), shells.len(), "after {after}: {listed}");
        self.shell(&format!(
            "rm -f ~/answer-*; for i in $(seq {SHELLS}); do homie send shell-$i \"echo >~/answer-$i\" --enter || exit; done"
        ));
        until("an answer of each shell", || {
            let answers = self.shell("ls ~ | grep -c answer- || true");
            (answers.trim() == shells.len().to_string()).then_some(())
        });
        println!("{} shells live and answer after {after}", shells.len());
    }

    /// After another boot, in which nobody has logged in: the node is back, and lists all these as ended.
    pub(crate) fn expects_ended(&self, shells: &Born) {
        assert_eq!(done(&mut root(&["loginctl", "list-sessions", "--no-legend"])), "");
        self.node();
        let listed = self.json(&["ls", "--all"]);
        let ended = listed.as_array().unwrap().iter().filter(|session| session["state"] == "ended");
        assert_eq!(ended.count(), shells.len(), "{listed}");
        assert_eq!(self.json(&["ls"]), serde_json::json!([]));
        assert_eq!(self.shells().len(), 0);
        println!("the node is back without a login, and lists {} sessions as ended", shells.len());
    }
}

/// Who a line of /proc/…/stat is of, and when it was born; nobody if it only waits to be reaped.
fn birth(line: &str) -> Option<(u64, String)> {
    let (pid, _) = line.split_once(' ').unwrap();
    let (_, fields) = line.rsplit_once(')').unwrap();
    let mut fields = fields.split_ascii_whitespace();
    if fields.next() == Some("Z") { None } else { Some((pid.parse().unwrap(), fields.nth(18)?.to_owned())) }
}

impl Drop for Person {
    fn drop(&mut self) {
        let _lingers_no_more = answer(&mut root(&["loginctl", "disable-linger", &self.name]));
        let _gone = answer(&mut root(&["loginctl", "terminate-user", &self.name]));
        if let Some(login) = &mut self.login {
            let _killed = login.kill();
            let _waited = login.wait();
        }
    }
}
