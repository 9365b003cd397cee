//! `ssh -L` from one host to another: an sshd of the test's own with throw-away keys, and the tunnel into its loopback.

use std::fs;
use std::path::Path;

use anyhow::Context;

use crate::host::{Host, Who};
use crate::program::Program;

/// Where the sshd listens.
const PORT: u16 = 2222;

/// What `ssh` says once its forwards stand, where it is told to say much.
const STANDS: &str = "Entering interactive session";

/// A tunnel that stands. Dropped, it ends, and the sshd with it.
#[derive(Debug)]
pub struct Tunnel {
    _ssh: Program,
    _sshd: Program,
}

impl Tunnel {
    /// From a port of `near`'s loopback to the same port of `far`'s, for the people whose machines they are.
    pub fn open(near: &Host, far: &Host, port: u16) -> anyhow::Result<Self> {
        let key = make_key(near, Who::Person)?;
        let public = near.run(Who::Person, &["cat", &format!("{key}.pub")])?;
        let sshd = serve(far, &public)?;
        let ssh = dial(near, far, &key, port)?;
        Ok(Self { _ssh: ssh, _sshd: sshd })
    }
}

/// A pair of keys in somebody's home; gives the secret one's path.
fn make_key(host: &Host, who: Who) -> anyhow::Result<String> {
    let path = host.home(who)?.join("tunnel-key");
    let path = path.to_str().context("a path that is no text")?.to_owned();
    host.run(who, &["sh", "-c", "rm -f \"$1\" \"$1.pub\"; ssh-keygen -q -t ed25519 -N '' -f \"$1\"", "sh", &path])?;
    Ok(path)
}

fn serve(far: &Host, authorized: &str) -> anyhow::Result<Program> {
    let (folder, key) = (far.folder().display().to_string(), make_key(far, Who::Root)?);
    fs::write(far.folder().join("authorized"), authorized)?;
    let settings = format!(
        "Port {PORT}\nListenAddress {}\nHostKey {key}\nAuthorizedKeysFile {folder}/authorized\nUsePAM no\n\
         StrictModes no\nPidFile none\nPasswordAuthentication no\nAllowTcpForwarding local\n",
        far.v4()?
    );
    let path = format!("{folder}/sshd_config");
    fs::write(&path, settings)?;
    far.run(Who::Root, &["mkdir", "-p", "/run/sshd"])?;
    let words = ["sh", "-c", "exec /usr/sbin/sshd -D -e -f \"$1\" 2>&1", "sh", &path];
    let sshd = Program::start(&mut far.command(Who::Root, &words), &far.folder().join("sshd.log"))?;
    sshd.hear("Server listening")?;
    Ok(sshd)
}

fn dial(near: &Host, far: &Host, key: &str, port: u16) -> anyhow::Result<Program> {
    let (forward, server) = (format!("{port}:127.0.0.1:{port}"), format!("{}@{}", far.person()?, far.v4()?));
    let words = [
        "sh",
        "-c",
        "exec ssh -v -N -F none -i \"$1\" -p \"$2\" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
         -o ExitOnForwardFailure=yes -L \"$3\" \"$4\" 2>&1",
        "sh",
        key,
        &PORT.to_string(),
        &forward,
        &server,
    ];
    let ssh = Program::start(&mut near.command(Who::Person, &words), Path::new("/dev/null"))?;
    ssh.hear(STANDS)?;
    Ok(ssh)
}
