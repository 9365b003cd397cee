//! The planner: what is in the way, and that nothing of others ever changes.

use proptest::collection::btree_map;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{Mount, Obstacle, Scheme, ServeConfig, Standing};

const PORT: u16 = 4663;

fn mount() -> Mount {
    Mount {
        name: "gw.tail.test".to_owned(),
        port: PORT,
        scheme: Scheme::Https,
        socket: "/run/us.sock".into(),
        capabilities: vec!["example.com/cap/mesh".to_owned()],
    }
}

fn config(value: &Value) -> ServeConfig {
    ServeConfig::parse(value.to_string().as_bytes()).expect("a configuration")
}

fn value(config: &ServeConfig) -> Value {
    serde_json::from_slice(&config.to_json()).expect("JSON")
}

fn ours() -> Value {
    json!({
        "TCP": { "4663": { "HTTPS": true } },
        "Web": { "gw.tail.test:4663": { "Handlers": { "/": {
            "Proxy": "unix:/run/us.sock", "AcceptAppCaps": ["example.com/cap/mesh"],
        } } } },
    })
}

#[test]
fn the_first_port_of_a_machine_is_what_the_command_would_write() {
    for empty in [json!(null), json!({}), json!({ "TCP": null, "Web": {} })] {
        let with = config(&empty).with(&mount()).expect("nothing is in the way").expect("something to do");
        assert_eq!(value(&with), ours(), "from {empty}");
        assert_eq!(with.standing(&mount()), Ok(Standing::Ready));
        assert_eq!(with.with(&mount()), Ok(None));
    }
}

#[test]
fn other_capabilities_are_put_right() {
    let other = Mount { capabilities: Vec::new(), ..mount() };
    let before = config(&ours());
    assert_eq!(before.standing(&other), Ok(Standing::Differs));
    let after = before.with(&other).expect("nothing is in the way").expect("something to do");
    assert_eq!(after.standing(&other), Ok(Standing::Ready));
    assert_eq!(value(&after)["Web"]["gw.tail.test:4663"]["Handlers"]["/"], json!({ "Proxy": "unix:/run/us.sock" }));
}

#[test]
fn what_is_in_the_way_is_named_with_the_way_out() {
    let web = |key: &str, path: &str, handler: Value| json!({ key: { "Handlers": { path: handler } } });
    let proxy = || json!({ "Proxy": "http://127.0.0.1:3000" });
    let https = || json!({ "4663": { "HTTPS": true } });
    let us = || json!({ "Proxy": "unix:/run/us.sock" });
    let name = "gw.tail.test:4663";
    for (found, words) in [
        (json!({ "TCP": { "4663": { "TCPForward": "127.0.0.1:22" } } }), "hands port 4663 to 127.0.0.1:22 already"),
        (json!({ "TCP": https(), "Web": web(name, "/", proxy()) }), "to proxy http://127.0.0.1:3000 already"),
        (json!({ "Web": web(name, "/", json!({ "Path": "/srv" })) }), "to path /srv already"),
        (json!({ "TCP": https(), "Web": web(name, "/", json!({ "New": 1 })) }), "to something unknown already"),
        (json!({ "TCP": https(), "Web": web("x.tail.test:4663", "/", proxy()) }), "for x.tail.test already"),
        (json!({ "TCP": https() }), "somebody who has nothing there yet"),
        (
            json!({ "TCP": { "4663": { "HTTP": true } }, "Web": web(name, "/", us()) }),
            "as http; take that away first: sudo tailscale serve --http=4663 off",
        ),
        (
            json!({ "TCP": { "4663": { "HTTP": true } }, "Web": web(name, "/", proxy()) }),
            "already; choose another port, or take that away: sudo tailscale serve --http=4663 off",
        ),
        (
            json!({ "TCP": https(), "Web": { name: { "Handlers": { "/": us(), "/grafana": proxy() } } } }),
            "hands /grafana of port 4663 to proxy http://127.0.0.1:3000: its pages could act in our name; \
             take it away: sudo tailscale serve --https=4663 --set-path=/grafana off",
        ),
        (json!({ "AllowFunnel": { name: true } }), "tailscale funnel --https=4663 off"),
        (json!({ "Foreground": { "s": { "TCP": https() } } }), "that runs in a terminal has port 4663"),
        (json!({ "Foreground": { "s": { "Web": web(name, "/", us()) } } }), "that runs in a terminal"),
        (json!({ "TCP": [] }), "TCP of the Serve configuration is not what it was"),
        (json!({ "TCP": { "4663": true } }), "TCP of the Serve configuration"),
        (json!({ "Web": { name: [] } }), "Web of the Serve configuration"),
        (json!({ "Web": { name: { "Handlers": 7 } } }), "Handlers of the Serve configuration"),
        (json!({ "AllowFunnel": true }), "AllowFunnel of the Serve configuration"),
        (json!({ "Foreground": { "s": 1 } }), "Foreground of the Serve configuration"),
    ] {
        let obstacle = config(&found).with(&mount()).expect_err("in the way");
        assert!(obstacle.to_string().contains(words), "{found}: {obstacle}");
    }
}

#[test]
fn other_ports_funnels_that_are_off_and_services_are_not_in_the_way() {
    let found = json!({
        "TCP": { "443": { "HTTPS": true }, "46630": { "TCPForward": "127.0.0.1:1" } },
        "Web": { "gw.tail.test:443": { "Handlers": { "/": { "Text": "hello" } } } },
        "AllowFunnel": { "gw.tail.test:443": true, "gw.tail.test:4663": false },
        "Services": { "svc:x": { "TCP": { "4663": { "HTTPS": true } } } },
        "Foreground": { "s": { "TCP": { "8080": { "HTTP": true } } } },
        "Later": [1, 2.5, "x"],
    });
    let with = config(&found).with(&mount()).expect("nothing is in the way").expect("something to do");
    assert_eq!(with.has_funnel(443), Ok(true));
    assert_eq!(with.has_funnel(PORT), Ok(false));
    assert_eq!(with.without(&mount()), Ok(Some(config(&found))));
}

#[test]
fn what_was_left_under_a_former_name_goes_too() {
    let mut found = ours();
    let site = found["Web"]["gw.tail.test:4663"].clone();
    found["Web"]["former.tail.test:4663"] = site;
    let renamed = config(&found);
    assert_eq!(renamed.standing(&mount()), Ok(Standing::Ready));
    assert_eq!(renamed.without(&mount()), Ok(Some(ServeConfig::default())));
}

#[test]
fn a_foreign_mount_on_our_port_survives_us() {
    let mut found = ours();
    found["Web"]["gw.tail.test:4663"]["Handlers"]["/grafana"] = json!({ "Proxy": "3000" });
    let without = config(&found).without(&mount()).expect("it can be read").expect("something to do");
    let expected = json!({
        "TCP": { "4663": { "HTTPS": true } },
        "Web": { "gw.tail.test:4663": { "Handlers": { "/grafana": { "Proxy": "3000" } } } },
    });
    assert_eq!(value(&without), expected);
    assert!(matches!(without.with(&mount()), Err(Obstacle::ForeignMount { .. })));
}

fn handler() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!({ "Proxy": "unix:/run/us.sock" })),
        Just(json!({ "Proxy": "unix:/run/us.sock", "AcceptAppCaps": ["example.com/cap/mesh"], "Later": true })),
        Just(json!({ "Proxy": "http://127.0.0.1:3000", "AcceptAppCaps": ["a.b/c"] })),
        Just(json!({ "Path": "/srv", "Later": { "deep": [null, 1] } })),
        Just(json!({ "Redirect": "301:https://${HOST}" })),
    ]
}

fn site() -> impl Strategy<Value = Value> {
    let paths = prop_oneof![3 => Just("/".to_owned()), 1 => Just("/a".to_owned())];
    btree_map(paths, handler(), 1..3).prop_map(|handlers| json!({ "Handlers": handlers }))
}

/// What one port is for: its handler, its sites, whether the internet may come in.
fn port() -> impl Strategy<Value = (Value, Vec<(String, Value)>, bool)> {
    let names = || prop_oneof![3 => Just("gw.tail.test".to_owned()), 1 => Just("old.tail.test".to_owned())];
    let sites = || btree_map(names(), site(), 1..3).prop_map(|sites| sites.into_iter().collect::<Vec<_>>());
    let funnel = || proptest::bool::weighted(0.1);
    prop_oneof![
        3 => (Just(json!({ "HTTPS": true, "Later": 1 })), sites(), funnel()),
        1 => (Just(json!({ "HTTP": true })), sites(), funnel()),
        1 => (Just(json!({ "TCPForward": "127.0.0.1:22", "TerminateTLS": "gw" })), Just(Vec::new()), funnel()),
    ]
}

fn part() -> impl Strategy<Value = Map<String, Value>> {
    let ports = prop_oneof![1 => Just(443_u16), 1 => Just(PORT), 1 => Just(8443)];
    btree_map(ports, port(), 0..3).prop_map(|ports| {
        let mut sections = [("TCP", Map::new()), ("Web", Map::new()), ("AllowFunnel", Map::new())];
        for (port, (handler, sites, funnel)) in ports {
            sections[0].1.insert(port.to_string(), handler);
            for (name, site) in sites {
                let key = format!("{name}:{port}");
                if funnel {
                    sections[2].1.insert(key.clone(), true.into());
                }
                sections[1].1.insert(key, site);
            }
        }
        let filled = sections.into_iter().filter(|(_, section)| !section.is_empty());
        filled.map(|(name, section)| (name.to_owned(), section.into())).collect()
    })
}

fn any_config() -> impl Strategy<Value = ServeConfig> {
    let foreground = proptest::option::weighted(0.2, part());
    (part(), foreground, any::<bool>()).prop_map(|(mut whole, foreground, later)| {
        if let Some(foreground) = foreground {
            whole.insert("Foreground".to_owned(), json!({ "session": foreground }));
        }
        if later {
            whole.insert("Services".to_owned(), json!({ "svc:x": { "Tun": true } }));
            whole.insert("Later".to_owned(), json!({ "4663": [0, -1, 2.5, "é"] }));
        }
        config(&whole.into())
    })
}

/// Everything but what may be ours: the roots on our port that lead to our socket, and the port's own entry.
fn others(config: &ServeConfig) -> Value {
    let mut value = value(config);
    let sections = value.as_object_mut().expect("an object");
    if let Some(Value::Object(web)) = sections.get_mut("Web") {
        for site in web.iter_mut().filter(|(key, _)| key.ends_with(":4663")).map(|(_, site)| site) {
            let handlers = site["Handlers"].as_object_mut().expect("handlers");
            handlers.retain(|path, handler| path != "/" || handler["Proxy"] != "unix:/run/us.sock");
        }
        web.retain(|_, site| site["Handlers"] != json!({}));
    }
    if let Some(Value::Object(ports)) = sections.get_mut("TCP") {
        ports.remove("4663");
    }
    sections.retain(|_, section| *section != json!({}));
    value
}

fn port_entry(config: &ServeConfig) -> Value {
    value(config)["TCP"]["4663"].clone()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn adding_changes_nothing_of_others(before in any_config()) {
        let Ok(Some(after)) = before.with(&mount()) else { return Ok(()) };
        prop_assert_eq!(others(&before), others(&after));
        prop_assert!(port_entry(&before).is_null() || port_entry(&before) == port_entry(&after));
        prop_assert_eq!(after.standing(&mount()), Ok(Standing::Ready));
    }

    #[test]
    fn adding_and_taking_away_is_nothing(before in any_config()) {
        prop_assume!(before.without(&mount()) == Ok(None));
        if let Ok(Some(after)) = before.with(&mount()) {
            prop_assert_eq!(after.without(&mount()), Ok(Some(before)));
        }
    }

    #[test]
    fn taking_away_leaves_all_of_others(before in any_config()) {
        let Ok(Some(after)) = before.without(&mount()) else { return Ok(()) };
        prop_assert_eq!(others(&before), others(&after));
        prop_assert_eq!(after.without(&mount()), Ok(None));
        let somebody_is_left = value(&after)["Web"].as_object().is_some_and(|web| web.keys().any(|key| key.ends_with(":4663")));
        let expected = if somebody_is_left { port_entry(&before) } else { Value::Null };
        prop_assert_eq!(port_entry(&after), expected);
    }

    #[test]
    fn what_was_read_is_written(config in any_config()) {
        prop_assert_eq!(ServeConfig::parse(&config.to_json()).expect("JSON"), config);
    }
}

/// As the fuzzer found it.
#[test]
fn a_number_too_large_for_an_integer_is_written_as_it_was_read() {
    let config = ServeConfig::parse(br#"{"Later":2222222222222292222222222222222222222229}"#).expect("JSON");
    assert_eq!(ServeConfig::parse(&config.to_json()).expect("JSON"), config);
}
