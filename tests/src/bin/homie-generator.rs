//! A program that prints numbered lines and echoes numbered input, and writes down what it printed.
//!
//! `homie-generator TRUTH RATE SECONDS`: prints about RATE bytes a second for SECONDS (0: as fast as the terminal takes
//! them, for ever), and goes on echoing until `stop` is typed. TRUTH is noted before the terminal is written. The terminal is
//! set raw, so that what is printed is what a viewer sees.

use std::io::{self, Read, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError, channel};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use homie_tests::truth::{LINE_LEN, TruthLog, line};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};

/// How often a paced generator prints.
const TICK: Duration = Duration::from_millis(20);

/// Lines a flood writes at once.
const BLOCK: u64 = 64;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [truth, rate, seconds] = arguments.as_slice() else { bail!("usage: homie-generator TRUTH RATE SECONDS") };
    make_raw()?;
    let mut printer = Printer { truth: TruthLog::create(truth.as_ref()).context("the truth file")? };
    let typed = read_lines();
    printer.text("ready")?;
    match rate.parse()? {
        0 => flood(&mut printer, &typed)?,
        rate => pace(&mut printer, &typed, rate, Duration::from_secs(seconds.parse()?))?,
    }
    Ok(printer.text("stopped")?)
}

fn pace(printer: &mut Printer, typed: &Receiver<String>, rate: u64, length: Duration) -> anyhow::Result<()> {
    let begun = Instant::now();
    loop {
        let passed = u64::try_from(begun.elapsed().min(length).as_millis())?;
        let due = passed * rate / 1000 / LINE_LEN as u64;
        printer.lines((due + 1).saturating_sub(printer.truth.next_number()))?;
        match typed.recv_timeout(TICK) {
            Ok(line) if line == "stop" => return Ok(()),
            Ok(line) => printer.text(&format!("echo {line}"))?,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
        }
    }
}

fn flood(printer: &mut Printer, typed: &Receiver<String>) -> anyhow::Result<()> {
    loop {
        match typed.try_recv() {
            Ok(line) if line == "stop" => return Ok(()),
            Ok(line) => printer.text(&format!("echo {line}"))?,
            Err(TryRecvError::Empty) => printer.lines(BLOCK)?,
            Err(TryRecvError::Disconnected) => return Ok(()),
        }
    }
}

struct Printer {
    truth: TruthLog,
}

impl Printer {
    fn lines(&mut self, count: u64) -> io::Result<()> {
        let first = self.truth.next_number();
        let lines: Vec<u8> = (first..first + count).flat_map(line).collect();
        self.truth.lines(count);
        print(&lines)
    }

    fn text(&mut self, text: &str) -> io::Result<()> {
        self.truth.text(text)?;
        print(format!("{text}\n").as_bytes())
    }
}

fn print(bytes: &[u8]) -> io::Result<()> {
    let mut terminal = io::stdout().lock();
    terminal.write_all(bytes)?;
    terminal.flush()
}

fn make_raw() -> anyhow::Result<()> {
    let terminal = io::stdin();
    let mut settings = tcgetattr(&terminal).context("standard input is not a terminal")?;
    settings.make_raw();
    tcsetattr(&terminal, OptionalActions::Now, &settings).context("the terminal cannot be set raw")
}

/// Lines as they are typed. The channel's queue is as long as what a test types.
fn read_lines() -> Receiver<String> {
    let (line_tx, line_rx) = channel();
    std::thread::spawn(move || {
        let mut line = Vec::new();
        for byte in io::stdin().lock().bytes() {
            match byte {
                Ok(b'\n') => {
                    let text = String::from_utf8_lossy(&std::mem::take(&mut line)).into_owned();
                    if line_tx.send(text).is_err() {
                        return;
                    }
                }
                Ok(byte) => line.push(byte),
                Err(_) => return,
            }
        }
    });
    line_rx
}
