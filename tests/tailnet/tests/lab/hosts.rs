//! The tailnet itself: hosts, people and names are what the tests take them for.

use homie_tailnet_lab::backend::{Backend, Told};
use homie_tailnet_lab::host::Who;
use homie_tailnet_lab::lab::Lab;

#[test]
fn people_on_a_host_are_ordinary_users_with_a_home_each() {
    let lab = Lab::open().unwrap();
    let of_alice = [lab.desk(), lab.laptop()].map(|host| (host, "alice"));
    for (host, person) in of_alice.into_iter().chain([(lab.studio(), "bob"), (lab.builder(), "builder")]) {
        let told = host.run(Who::Person, &["sh", "-c", "whoami; hostname; pwd; id -u; id -G"]).unwrap();
        let uid = host.uid(Who::Person).unwrap();
        let home = host.folder().join(person);
        assert_eq!(told, format!("{person}\n{}\n{}\n{uid}\n{uid}\n", host.name(), home.display()));
        let other = host.command(Who::Other, &["ls", home.to_str().unwrap()]).output().unwrap();
        assert!(!other.status.success(), "another account looks into a home");
    }
}

#[test]
fn hosts_reach_each_other_by_name_and_only_as_the_policy_says() {
    let lab = Lab::open().unwrap();
    let desk = lab.desk();
    let _backend = Backend::tcp(&desk, "[::]:9000".parse().unwrap()).unwrap();
    for host in [lab.laptop(), lab.studio(), lab.builder()] {
        // MagicDNS tells the first address alone.
        let (first, second) = (host.v4().unwrap(), host.v6().unwrap());
        let second_of_desk = format!("http://[{}]:9000/", desk.v6().unwrap());
        for (url, own) in [("http://desk:9000/", format!("::ffff:{first}")), (&second_of_desk, second.to_string())] {
            let told = host.run(Who::Person, &["curl", "-sS", url]).unwrap();
            assert_eq!(Told::parse(&told).peer, format!("address {own}"));
        }
    }
    // Whom the policy hides has no name either.
    let hidden = lab.studio().command(Who::Person, &["getent", "hosts", "builder.tail.test"]).output().unwrap();
    assert!(!hidden.status.success(), "{hidden:?}");
}

#[test]
fn a_host_whose_cable_was_out_is_back() {
    let lab = Lab::open().unwrap();
    let (desk, laptop) = (lab.desk(), lab.laptop());
    let _backend = Backend::tcp(&desk, "0.0.0.0:9000".parse().unwrap()).unwrap();
    laptop.set_cable(false).unwrap();
    let cut = laptop.command(Who::Person, &["curl", "-sS", "--max-time", "2", "http://desk:9000/"]).output().unwrap();
    assert!(!cut.status.success(), "{cut:?}");
    laptop.set_cable(true).unwrap();
    laptop.run(Who::Person, &["curl", "-sS", "--max-time", "60", "--retry", "9", "http://desk:9000/"]).unwrap();
}
