//! Ten mebibytes are typed at once, and the node is killed in the middle: every byte arrives, once and in its place.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::ensure;
use homie_tests::machine::{LIMIT, Machine, Process};
use homie_tests::viewer::Viewer;

const LEN: usize = 10 * 1024 * 1024;

/// Every byte that text can have, numbered, so that no piece is like another.
fn text() -> String {
    let mut text = String::with_capacity(LEN + 64);
    for number in 0.. {
        if text.len() >= LEN {
            break;
        }
        text.extend([number.to_string().as_str(), " \u{3}\u{4}\t\r\n\u{1b}[A\u{7f} é 語 🦀 "]);
    }
    while text.len() > LEN {
        text.pop();
    }
    text
}

/// A program that takes bytes as they are, as many as are promised, into a file.
async fn reader(viewer: &mut Viewer, len: usize, file: &Path) -> anyhow::Result<()> {
    let script = format!("stty raw -echo; echo ready; head -c {len} >'{}'; echo done", file.display());
    viewer.start_session(&["sh", "-c", &script]).await?;
    viewer.until_output("ready\n").await
}

async fn arrived(file: &Path, wanted: u64) -> anyhow::Result<()> {
    let grown = async {
        while std::fs::metadata(file).map_or(0, |found| found.len()) < wanted {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    Ok(tokio::time::timeout(LIMIT, grown).await?)
}

/// Pastes, kills and starts the node in the middle, and compares.
async fn paste_through_a_kill(machine: &Machine, mut viewer: Viewer, node: Process) -> anyhow::Result<Process> {
    let (text, port) = (text(), machine.gateway()?.port());
    let file: PathBuf = machine.home().join("pasted");
    reader(&mut viewer, text.len(), &file).await?;
    let middle = async {
        arrived(&file, 1024 * 1024).await?;
        node.kill().await?;
        let so_far = std::fs::metadata(&file)?.len();
        ensure!(so_far < text.len() as u64, "all of it had arrived before the node was killed");
        machine.up(port).await
    };
    let pasting = async {
        viewer.paste(&text).await?;
        viewer.until_output("done\n").await
    };
    let (node, ()) = tokio::try_join!(middle, pasting)?;
    ensure!(std::fs::read(&file)? == text.as_bytes(), "what arrived is not what was typed");
    Ok(node)
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_mebibytes_arrive_from_the_rust_client_though_the_node_is_killed() {
    let machine = Machine::new().unwrap();
    let node = machine.up(0).await.unwrap();
    let state = machine.state().unwrap();
    let viewer = Viewer::local(&state, &state.local_sock()).await.unwrap();
    let node = paste_through_a_kill(&machine, viewer, node).await.unwrap();
    node.kill().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_mebibytes_arrive_from_the_typescript_client_though_the_node_is_killed() {
    let machine = Machine::new().unwrap();
    let node = machine.up(0).await.unwrap();
    let gateway = machine.gateway().unwrap();
    let viewer = Viewer::script(gateway, gateway, &machine.link_secret().await.unwrap()).await.unwrap();
    let node = paste_through_a_kill(&machine, viewer, node).await.unwrap();
    node.kill().await.unwrap();
}
