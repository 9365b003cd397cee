//! A program that prints numbered lines and echoes numbered input, and writes down what it printed.
//!
//! `homie-generator TRUTH RATE SECONDS`: prints about RATE bytes a second for SECONDS (0: as fast as the terminal takes
//! them, until `stop` is typed), then goes on echoing until `stop`. TRUTH receives every byte before the terminal does. The
//! terminal is set raw, so that what is printed is what a viewer sees.

use std::io::{self, Read, Write};
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};

/// How often a paced generator prints.
const TICK: Duration = Duration::from_millis(20);

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [truth, rate, seconds] = arguments.as_slice() else { bail!("usage: homie-generator TRUTH RATE SECONDS") };
    make_raw()?;
    let truth = std::fs::File::create(truth).context("the truth file")?;
    let mut printer = Printer { truth, number: 0, printed: 0 };
    let typed = read_lines();
    printer.print("ready\n")?;
    match rate.parse()? {
        0 => flood(&mut printer, &typed),
        rate => pace(&mut printer, &typed, rate, Duration::from_secs(seconds.parse()?)),
    }
}

fn pace(printer: &mut Printer, typed: &Receiver<String>, rate: u64, length: Duration) -> anyhow::Result<()> {
    let begun = Instant::now();
    loop {
        let passed = begun.elapsed().min(length);
        let due = u64::try_from(passed.as_millis())? * rate / 1000;
        while printer.printed < due {
            printer.number()?;
        }
        match typed.recv_timeout(TICK) {
            Ok(line) if line == "stop" => return printer.stop(),
            Ok(line) => printer.print(&format!("echo {line}\n"))?,
            Err(std::sync::mpsc::RecvTimeoutError::Timeout) => {}
            Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => return Ok(()),
        }
    }
}

fn flood(printer: &mut Printer, typed: &Receiver<String>) -> anyhow::Result<()> {
    loop {
        match typed.try_recv() {
            Ok(line) if line == "stop" => return printer.stop(),
            Ok(line) => printer.print(&format!("echo {line}\n"))?,
            Err(TryRecvError::Empty) => printer.block()?,
            Err(TryRecvError::Disconnected) => return Ok(()),
        }
    }
}

struct Printer {
    truth: std::fs::File,
    /// The last number printed.
    number: u64,
    /// Bytes printed in all.
    printed: u64,
}

impl Printer {
    fn number(&mut self) -> io::Result<()> {
        self.number += 1;
        self.print(&format!("out {:010} {}\n", self.number, "0123456789abcdef".repeat(3)))
    }

    /// Many lines in one write, as a program that floods would.
    fn block(&mut self) -> io::Result<()> {
        let lines: String = (0..64).map(|line| format!("out {:010} flood\n", self.number + line)).collect();
        self.number += 64;
        self.print(&lines)
    }

    fn stop(&mut self) -> anyhow::Result<()> {
        Ok(self.print("stopped\n")?)
    }

    fn print(&mut self, text: &str) -> io::Result<()> {
        self.truth.write_all(text.as_bytes())?;
        let mut terminal = io::stdout().lock();
        terminal.write_all(text.as_bytes())?;
        self.printed += text.len() as u64;
        terminal.flush()
    }
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
