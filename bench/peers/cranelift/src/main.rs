//! Cranelift as a peer of Davit's benchmarks: it reads the same CLIF files and reports what it took.
//!
//! Two ways to run it:
//!
//! - `davit-peer-cranelift once LIST [SETTING=VALUE...]` parses and compiles the files that LIST names, one after the
//!   other, and exits, so that the caller can read the peak memory of the process.
//! - `davit-peer-cranelift serve` answers requests, a line each, on standard output, a line each, so that the caller can
//!   take turns between this process and its own work.
//!
//! A reply is `ok` and words `key=value`, or `error` and a message. Requests:
//!
//! - `load LIST`: keep the text of the files that LIST names (a path a line) in memory;
//! - `compile [count=1] [threads=N] [SETTING=VALUE...]`: parse, verify and compile them all once;
//! - `jit PATH BYTES PADS [SETTING=VALUE...]`: link the functions of a file into executable memory, behind PADS small
//!   functions, and set BYTES of zeroed memory aside for them;
//! - `run NAME N TIMES`: call a linked function `(i64, i64) -> i64` with that memory and N.

mod clock;
mod compile;
mod count;
mod jit;

use std::io::{self, BufRead, Write};

#[global_allocator]
static ALLOCATOR: count::Counting = count::Counting;

type Reply = Result<String, String>;

fn main() {
    // What panics counts as failed; a message for each would only be in the way.
    std::panic::set_hook(Box::new(|_| {}));
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words.split_first() {
        Some((&"once", rest)) => match compile::once(rest) {
            Ok(reply) => println!("ok{reply}"),
            Err(message) => {
                eprintln!("{message}");
                std::process::exit(1);
            }
        },
        Some((&"serve", _)) => serve(),
        _ => {
            eprintln!("usage: davit-peer-cranelift once LIST [SETTING=VALUE...] | serve");
            std::process::exit(2);
        }
    }
}

fn serve() {
    let mut files = compile::Files::default();
    let mut linked = None;
    for line in io::stdin().lock().lines() {
        let Ok(line) = line else { return };
        let words: Vec<&str> = line.split_whitespace().collect();
        let reply = match words.split_first() {
            Some((&"load", rest)) => files.load(rest),
            Some((&"compile", rest)) => files.compile(rest),
            Some((&"jit", rest)) => jit::Linked::new(rest).map(|(l, reply)| {
                linked = Some(l);
                reply
            }),
            Some((&"run", rest)) => match &mut linked {
                Some(l) => l.run(rest),
                None => Err("nothing is linked".into()),
            },
            _ => Err(format!("unknown request {line:?}")),
        };
        match reply {
            Ok(text) => println!("ok{text}"),
            Err(message) => println!("error {}", message.replace('\n', " ")),
        }
        let _ = io::stdout().flush();
    }
}
