//! Checks a wish for a session before anything is started, so that the answer can say what to do.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use homie_holder::is_variable;
use homie_protocol::code::{Code, Refusal};
use homie_protocol::methods::session::StartParams;
use homie_protocol::name::Name;

/// Checks name, folder, program and environment.
pub(crate) fn check(params: &StartParams) -> Result<(), Refusal> {
    if let Some(name) = &params.name {
        Name::parse(name)?;
    }
    if let Some(cwd) = &params.cwd {
        check_folder(cwd)?;
    }
    let env = params.env.as_ref();
    check_variables(env)?;
    match &params.command {
        Some(command) => check_command(command, params.cwd.as_deref(), env),
        None => Ok(()),
    }
}

fn check_folder(cwd: &str) -> Result<(), Refusal> {
    if !Path::new(cwd).is_absolute() {
        return Err(start_failed(format!("cwd: {cwd:?} is not absolute; give the whole path")));
    }
    match fs::metadata(cwd) {
        Ok(found) if found.is_dir() => Ok(()),
        Ok(_) => Err(start_failed(format!("cwd: {cwd:?} is not a folder"))),
        Err(error) => {
            Err(start_failed(format!("cwd: {cwd:?} cannot be entered ({error}); leave cwd out for the home folder")))
        }
    }
}

fn check_variables(env: Option<&BTreeMap<String, String>>) -> Result<(), Refusal> {
    match env.into_iter().flatten().find(|(name, value)| !is_variable(name, value)) {
        Some((name, _)) => Err(out_of_range(format!("env: {name:?} is not a variable that can be set"))),
        None => Ok(()),
    }
}

fn check_command(command: &[String], cwd: Option<&str>, env: Option<&BTreeMap<String, String>>) -> Result<(), Refusal> {
    let Some(program) = command.first().filter(|program| !program.is_empty()) else {
        return Err(out_of_range("command: names no program; leave it out for the login shell".to_owned()));
    };
    if command.iter().any(|argument| argument.contains('\0')) {
        return Err(out_of_range("command: a zero byte cannot be part of an argument".to_owned()));
    }
    if program.contains('/') {
        let path = cwd.map(PathBuf::from).or_else(env::home_dir).unwrap_or_default().join(program);
        return if is_program(&path) {
            Ok(())
        } else {
            Err(start_failed(format!("command: {program:?} is not a program that can be run; check its path")))
        };
    }
    let search = env.and_then(|env| env.get("PATH")).map(OsString::from).or_else(|| env::var_os("PATH"));
    if env::split_paths(&search.unwrap_or_default()).any(|folder| is_program(&folder.join(program))) {
        return Ok(());
    }
    Err(start_failed(format!("command: {program:?} is not in the PATH; install it or give its whole path")))
}

fn is_program(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

fn start_failed(message: String) -> Refusal {
    Refusal::new(Code::StartFailed, message)
}

fn out_of_range(message: String) -> Refusal {
    Refusal::new(Code::OutOfRange, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn expect(params: &StartParams, expected: Result<(), (Code, &str)>) {
        let checked = check(params);
        match (checked, expected) {
            (Ok(()), Ok(())) => {}
            (Err(refusal), Err((code, word))) => {
                assert_eq!(refusal.code, code);
                assert!(refusal.message.contains(word), "{refusal}");
            }
            (checked, expected) => panic!("{checked:?} instead of {expected:?}"),
        }
    }

    fn named(name: &str) -> StartParams {
        StartParams { name: Some(name.to_owned()), ..StartParams::default() }
    }

    fn running(command: &[&str]) -> StartParams {
        let command = command.iter().map(|word| (*word).to_owned()).collect();
        StartParams { command: Some(command), ..StartParams::default() }
    }

    #[test]
    fn names_are_short_and_printable() {
        expect(&named("Übersicht 1"), Ok(()));
        expect(&named(&"ü".repeat(64)), Ok(()));
        for bad in ["", "  ", "a\nb", "a\u{202e}b", "a\u{1b}[2J", &"x".repeat(65)] {
            expect(&named(bad), Err((Code::OutOfRange, "name")));
        }
    }

    #[test]
    fn folders_exist_and_are_absolute() {
        let within = |cwd: &str| StartParams { cwd: Some(cwd.to_owned()), ..StartParams::default() };
        expect(&within("/"), Ok(()));
        expect(&within("tmp"), Err((Code::StartFailed, "absolute")));
        expect(&within("/no/such/folder"), Err((Code::StartFailed, "leave cwd out")));
        expect(&within("/dev/null"), Err((Code::StartFailed, "not a folder")));
    }

    #[test]
    fn programs_are_found_before_they_are_started() {
        expect(&running(&["sh", "-c", "true"]), Ok(()));
        expect(&running(&["/bin/sh"]), Ok(()));
        expect(&running(&[]), Err((Code::OutOfRange, "login shell")));
        expect(&running(&[""]), Err((Code::OutOfRange, "login shell")));
        expect(&running(&["sh", "a\0b"]), Err((Code::OutOfRange, "zero byte")));
        expect(&running(&["no-such-program"]), Err((Code::StartFailed, "PATH")));
        expect(&running(&["/etc/passwd"]), Err((Code::StartFailed, "check its path")));
    }

    #[test]
    fn the_path_and_the_folder_of_the_wish_count() {
        let folder = tempfile::tempdir().unwrap();
        let tool = folder.path().join("tool");
        fs::write(&tool, "#!/bin/sh\n").unwrap();
        fs::set_permissions(&tool, fs::Permissions::from_mode(0o755)).unwrap();
        let here = folder.path().to_str().unwrap().to_owned();
        expect(&StartParams { cwd: Some(here.clone()), ..running(&["./tool"]) }, Ok(()));
        expect(&StartParams { env: Some(BTreeMap::from([("PATH".to_owned(), here)])), ..running(&["tool"]) }, Ok(()));
    }

    #[test]
    fn variables_can_be_set() {
        let with = |name: &str, value: &str| StartParams {
            env: Some(BTreeMap::from([(name.to_owned(), value.to_owned())])),
            ..StartParams::default()
        };
        expect(&with("A", "b=c"), Ok(()));
        expect(&with("", "b"), Err((Code::OutOfRange, "env")));
        expect(&with("A=B", "c"), Err((Code::OutOfRange, "env")));
        expect(&with("A", "\0"), Err((Code::OutOfRange, "env")));
    }
}
