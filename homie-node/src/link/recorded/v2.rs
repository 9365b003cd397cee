//! A holder of version 2, with a terminal and with pipes.

use homie_protocol::holder::{AskEndInput, HolderMemory, ToHolder};
use homie_protocol::methods::session::{CaptureParams, Delivery, InputBytes, SessionSignal, Size};

use super::super::asks::Waiting;
use super::super::{Room, Sought};
use super::{Viewer, play};

fn room(cols: u16, rows: u16) -> Room {
    Room { size: Size::new(cols, rows).unwrap(), theme: None }
}

#[tokio::test]
async fn a_holder_of_version_2_is_understood() {
    let exit = play("holder-v2/link.txt", async |link, welcome, heard| {
        let HolderMemory { pipes, driver, .. } = welcome.memory.unwrap();
        assert_eq!((welcome.version, pipes, driver), (2, false, None));
        let mut looks = Viewer::looks(link).await;
        assert!(!looks.until_snapshot().await.1);

        link.share(looks.channel, 2);
        link.type_once(InputBytes::new(b"go\r".to_vec()).unwrap()).unwrap().await.unwrap().unwrap();
        let (at, is_skip) = looks.until_snapshot().await;
        assert!(is_skip && at.get() > 64 * 1024, "{at:?}");

        let mut types = Viewer::types(link, Delivery::Lossless, Some(at), Some(room(100, 30))).await;
        assert!(link.drives(types.channel) && !types.snapshot);
        assert!(!looks.until_snapshot().await.1);
        types.until_output("you said hello\r\n").await;

        link.rename("renamed".to_owned()).unwrap().await.unwrap().unwrap();
        let sought = Sought { text: "SAID".to_owned(), ignore_case: true, limit: 10 };
        assert_eq!(link.search(sought).unwrap().await.unwrap().unwrap().len(), 1);
        let capture = CaptureParams { session: welcome.session, scrollback: None, ansi: None, from: None };
        let captured = link.capture(capture).unwrap().await.unwrap().unwrap();
        assert!(captured.text.contains("flooded\nyou said hello\n"), "{}", captured.text);
        link.trim(16 * 1024);
        link.snapshot(looks.channel, 5).unwrap();
        assert!(!looks.until_snapshot().await.1);

        assert!(link.has_room(types.channel, room(60, 10), false));
        types.until_event("terminal.session.resized").await;
        assert!(!looks.until_snapshot().await.1);
        link.signal(SessionSignal::Int).unwrap().await.unwrap().unwrap();
        for viewer in [&mut types, &mut looks] {
            viewer.until_event("terminal.session.exited").await;
        }
        assert_eq!(heard.0.lock().unwrap().last().unwrap().size, room(60, 10).size);
    });
    assert_eq!(exit.await.unwrap().code, Some(7));
}

#[tokio::test]
async fn a_holder_of_version_2_with_pipes_is_understood() {
    let exit = play("holder-v2/pipes.txt", async |link, welcome, _| {
        assert!(welcome.memory.unwrap().pipes);
        link.check_terminal().unwrap_err();
        let mut types = Viewer::types(link, Delivery::Lossless, None, None).await;
        types.until_output("you said hello\n").await;
        let capture = CaptureParams { session: welcome.session, scrollback: Some(true), ansi: None, from: None };
        let captured = link.capture(capture).unwrap().await.unwrap().unwrap();
        assert_eq!(captured.text, "and a complaint\n");
        let end_input = |ask| ToHolder::EndInput(AskEndInput { ask });
        link.ask(Waiting::Done, end_input).unwrap().await.unwrap().unwrap();
        types.until_event("terminal.session.exited").await;
    });
    assert_eq!(exit.await.unwrap().code, Some(3));
}
