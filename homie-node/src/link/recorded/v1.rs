//! A holder of version 1.

use homie_protocol::frame::Kind;
use homie_protocol::methods::session::{CaptureParams, Delivery, SessionSignal};

use super::super::Sought;
use super::{Viewer, play};

#[tokio::test]
async fn a_holder_of_version_1_is_understood() {
    let exit = play("holder-v1/link.txt", async |link, welcome, _| {
        assert_eq!((welcome.version, welcome.exit, welcome.memory), (1, None, None));
        let mut types = Viewer::types(link, Delivery::Bytes, None, None).await;
        types.until_output("ready\r\n").await;
        let mut looks = Viewer::looks(link).await;
        assert!(looks.snapshot);
        let (at, is_skip) = looks.until_snapshot().await;
        assert_eq!((at.get(), is_skip), (7, false));
        types.until(|frame| frame.header.kind() == Kind::Ack && frame.header.offset().get() == 6).await;
        looks.until_output("you said hello\r\n").await;

        link.rename("renamed".to_owned()).unwrap().await.unwrap().unwrap();
        let sought = Sought { text: "SAID".to_owned(), ignore_case: true, limit: 10 };
        assert_eq!(link.search(sought).unwrap().await.unwrap().unwrap().len(), 1);
        let capture = CaptureParams { session: welcome.session, scrollback: Some(true), ansi: None, from: None };
        let captured = link.capture(capture).unwrap().await.unwrap().unwrap();
        assert!(captured.text.starts_with("ready\nyou said hello"), "{}", captured.text);
        link.signal(SessionSignal::Int).unwrap().await.unwrap().unwrap();
        for viewer in [&mut types, &mut looks] {
            viewer.until_event("terminal.session.exited").await;
        }
    });
    assert_eq!(exit.await.unwrap().code, Some(7));
}
