//! A session that a caller starts with pipes: its output and its errors for programs, and no screen.

use homie_protocol::code::Code;
use homie_protocol::methods::session::{
    Attach, AttachParams, Delivery, Rerun, RerunParams, Search, SearchParams, Size, Start, StartParams,
};

use crate::caller::{Caller, shell, watching};
use crate::machine::Machine;

fn piped(script: &str) -> StartParams {
    StartParams { pipes: Some(true), ..shell(script) }
}

#[tokio::test]
async fn what_it_says_arrives_in_order_and_it_reads_nothing() {
    let machine = Machine::new();
    let _node = machine.node().await;
    let mut caller = Caller::local(&machine).await;
    let session = caller.call::<Start>(&piped("cat; echo one; echo two >&2; echo three")).await.unwrap().session.id;
    let all = AttachParams { delivery: Some(Delivery::Lossless), ..watching(1, session) };
    caller.call::<Attach>(&all).await.unwrap();
    caller.until(|history| history.exited(1).is_some()).await;
    assert_eq!(caller.history.text(1), "one\ntwo\nthree\n", "also of a program that was over before anybody looked");
}

#[tokio::test]
async fn it_has_no_screen_until_it_is_run_again() {
    let machine = Machine::new();
    let _node = machine.node().await;
    let mut caller = Caller::local(&machine).await;
    let session = caller.call::<Start>(&piped("echo words")).await.unwrap().session.id;
    let screen = |channel| AttachParams { delivery: Some(Delivery::Screen), ..watching(channel, session) };
    assert_eq!(caller.call::<Attach>(&screen(1)).await.unwrap_err().code, Code::WrongState);
    let search = SearchParams { session: None, text: "words".to_owned(), ignore_case: None, limit: None };
    let found = caller.call::<Search>(&search).await.unwrap();
    assert!(found.hits.is_empty() && found.silent.is_empty(), "{found:?}");

    caller.watch_on(3, session).await;
    caller.until(|history| history.exited(3).is_some()).await;
    caller.call::<Rerun>(&RerunParams { session, size: Size::default() }).await.unwrap();
    caller.call::<Attach>(&screen(5)).await.unwrap();
    caller.until(|history| history.snapshot(5).is_some()).await;
}
