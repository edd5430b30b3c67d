//! Parsing and compiling of whole corpora, timed by phase.

use crate::clock::Moment;
use crate::{count, Reply};
use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::ir::Function;
use cranelift_codegen::isa::{self, OwnedTargetIsa};
use cranelift_codegen::settings::{self, Configurable};
use cranelift_codegen::timing::{self, Pass, Profiler, NUM_PASSES};
use cranelift_codegen::{verify_function, Context};
use std::any::Any;
use std::cell::RefCell;
use std::fmt::Write;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Makes a code generator for plain x86-64 with the given `SETTING=VALUE` words.
pub fn isa(words: &[&str]) -> Result<OwnedTargetIsa, String> {
    let builder = isa::lookup_by_name("x86_64-unknown-linux-gnu").map_err(|e| e.to_string())?;
    finish_isa(builder, words)
}

/// Applies settings to a builder. Code is position-independent and keeps frame pointers unless the words say otherwise.
pub fn finish_isa(builder: isa::Builder, words: &[&str]) -> Result<OwnedTargetIsa, String> {
    let mut flags = settings::builder();
    let defaults = ["enable_verifier=false", "preserve_frame_pointers=true", "unwind_info=true"];
    for word in defaults.iter().chain(words) {
        let (name, value) = word.split_once('=').ok_or_else(|| format!("{word:?} is no setting"))?;
        flags.set(name, value).map_err(|e| format!("{word}: {e}"))?;
    }
    builder.finish(settings::Flags::new(flags)).map_err(|e| e.to_string())
}

thread_local! {
    static PASSES: RefCell<Passes> = RefCell::new(Passes { stack: Vec::new(), own: [Duration::ZERO; NUM_PASSES] });
}

/// The time of each pass without the passes that ran within it.
struct Passes {
    stack: Vec<(usize, Instant)>, // what is under way, and since when it has been running itself
    own: [Duration; NUM_PASSES],
}

impl Passes {
    /// Adds the time up to now to the pass that is under way.
    fn stop(&mut self) -> Instant {
        let now = Instant::now();
        if let Some((pass, since)) = self.stack.last() {
            self.own[*pass] += now - *since;
        }
        now
    }
}

struct OwnTimes;
struct Token;

impl Profiler for OwnTimes {
    fn start_pass(&self, pass: Pass) -> Box<dyn Any> {
        PASSES.with(|p| {
            let mut p = p.borrow_mut();
            let now = p.stop();
            p.stack.push((pass as usize, now));
        });
        Box::new(Token)
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        PASSES.with(|p| {
            let mut p = p.borrow_mut();
            let now = p.stop();
            p.stack.pop();
            if let Some(top) = p.stack.last_mut() {
                top.1 = now;
            }
        });
    }
}

/// The phase that a pass belongs to.
fn phase(pass: usize) -> &'static str {
    const OPTIMIZE: [Pass; 11] = [
        Pass::flowgraph,
        Pass::domtree,
        Pass::loop_analysis,
        Pass::preopt,
        Pass::egraph,
        Pass::gvn,
        Pass::licm,
        Pass::unreachable_code,
        Pass::remove_constant_phis,
        Pass::canonicalize_nans,
        Pass::layout_renumber,
    ];
    match pass {
        p if OPTIMIZE.iter().any(|o| *o as usize == p) => "optimize",
        p if p == Pass::vcode_lower as usize => "lower",
        p if p == Pass::regalloc as usize => "allocate",
        p if p == Pass::vcode_emit as usize || p == Pass::vcode_emit_finish as usize => "emit",
        _ => "other",
    }
}

/// Splits the words of a request into those that are about the measurement and settings of Cranelift.
fn split<'a>(words: &[&'a str]) -> (bool, usize, Vec<&'a str>) {
    let (mut counting, mut threads, mut rest) = (false, 1, Vec::new());
    for word in words {
        match word.split_once('=') {
            Some(("count", v)) => counting = v == "1",
            Some(("threads", v)) => threads = v.parse().unwrap_or(1),
            _ => rest.push(*word),
        }
    }
    (counting, threads, rest)
}

#[derive(Default)]
pub struct Files {
    texts: Vec<String>,
}

impl Files {
    pub fn load(&mut self, words: &[&str]) -> Reply {
        let [list] = words else { return Err("load takes a list".into()) };
        self.texts = Vec::new();
        for path in read_list(list)? {
            self.texts.push(std::fs::read_to_string(&path).map_err(|e| format!("{path}: {e}"))?);
        }
        let bytes: usize = self.texts.iter().map(String::len).sum();
        Ok(format!(" files={} bytes={bytes}", self.texts.len()))
    }

    pub fn compile(&self, words: &[&str]) -> Reply {
        let (counting, threads, settings) = split(words);
        let isa = isa(&settings)?;
        let mut reply = String::new();

        let start = Moment::now();
        let (funcs, bytes, calls) = maybe_counted(counting, || self.parse());
        let mut funcs = funcs?;
        let _ = write!(reply, " parse_ns={} parse_bytes={bytes} parse_allocs={calls}", start.cpu_ns());
        let insts: usize = funcs.iter().map(num_insts).sum();
        let _ = write!(reply, " funcs={} insts={insts}", funcs.len());

        let start = Moment::now();
        let ok = |f: &&Function| catch_unwind(AssertUnwindSafe(|| verify_function(f, &*isa).is_ok())).unwrap_or(false);
        let valid = funcs.iter().filter(ok).count();
        let _ = write!(reply, " verify_ns={} valid={valid}", start.cpu_ns());

        if threads > 1 {
            let start = Moment::now();
            let code = compile_on(&isa, funcs, threads)?;
            let _ = write!(reply, " compile_ns={} wall_ns={} code={code}", start.cpu_ns(), start.wall_ns());
            return Ok(reply);
        }
        timing::set_thread_profiler(Box::new(OwnTimes));
        PASSES.with(|p| p.borrow_mut().own = [Duration::ZERO; NUM_PASSES]);
        let start = Moment::now();
        let (done, bytes, calls) = maybe_counted(counting, || compile_all(&isa, &mut funcs));
        let (cpu, wall) = (start.cpu_ns(), start.wall_ns());
        let (code, failed) = done;
        let _ = write!(reply, " compile_ns={cpu} wall_ns={wall} code={code} failed={failed} alloc_bytes={bytes} allocs={calls}");
        for name in ["optimize", "lower", "allocate", "emit"] {
            let sum: Duration = PASSES.with(|p| {
                let p = p.borrow();
                (0..NUM_PASSES).filter(|i| phase(*i) == name).map(|i| p.own[i]).sum()
            });
            // The passes are timed on the wall; what other load took is spread evenly over them.
            let _ = write!(reply, " {name}_ns={}", sum.as_nanos() * cpu.min(wall) / wall.max(1));
        }
        Ok(reply)
    }

    /// Parses all texts; those that do not parse are left out.
    fn parse(&self) -> Result<Vec<Function>, String> {
        let mut funcs = Vec::new();
        for text in &self.texts {
            if let Ok(Ok(mut fs)) = catch_unwind(|| cranelift_reader::parse_functions(text)) {
                funcs.append(&mut fs);
            }
        }
        Ok(funcs)
    }
}

fn maybe_counted<T>(counting: bool, work: impl FnOnce() -> T) -> (T, u64, u64) {
    if counting {
        count::counted(work)
    } else {
        (work(), 0, 0)
    }
}

fn num_insts(f: &Function) -> usize {
    f.layout.blocks().map(|b| f.layout.block_insts(b).count()).sum()
}

/// Compiles all functions with one context. It returns the bytes of code and how many functions did not compile.
fn compile_all(isa: &OwnedTargetIsa, funcs: &mut [Function]) -> (usize, usize) {
    let (mut code, mut failed) = (0, 0);
    let mut ctx = Context::new();
    for f in funcs {
        ctx.clear();
        std::mem::swap(&mut ctx.func, f);
        match compile_one(isa, &mut ctx) {
            Some(size) => code += size,
            None => failed += 1,
        }
    }
    (code, failed)
}

/// Compiles the function of `ctx`. It returns the bytes of code, or nothing if that fails, be it by a panic.
fn compile_one(isa: &OwnedTargetIsa, ctx: &mut Context) -> Option<usize> {
    let compiled = catch_unwind(AssertUnwindSafe(|| {
        ctx.compile(&**isa, &mut ControlPlane::default()).ok().map(|c| c.code_buffer().len())
    }));
    compiled.unwrap_or_else(|_| {
        *ctx = Context::new();
        None
    })
}

/// Compiles all functions on several threads, which take the next one in turn.
fn compile_on(isa: &OwnedTargetIsa, funcs: Vec<Function>, threads: usize) -> Result<usize, String> {
    let next = AtomicUsize::new(0);
    let slots: Vec<std::sync::Mutex<Option<Function>>> = funcs.into_iter().map(|f| Some(f).into()).collect();
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    let (mut code, mut ctx) = (0, Context::new());
                    while let Some(slot) = slots.get(next.fetch_add(1, Ordering::Relaxed)) {
                        ctx.clear();
                        ctx.func = slot.lock().unwrap().take().unwrap();
                        code += compile_one(isa, &mut ctx).unwrap_or(0);
                    }
                    code
                })
            })
            .collect();
        workers.into_iter().map(|w| w.join().map_err(|_| "a thread panicked".to_string())).sum()
    })
}

fn read_list(path: &str) -> Result<Vec<String>, String> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("{path}: {e}"))?;
    Ok(text.lines().map(String::from).collect())
}

/// Parses and compiles file after file.
pub fn once(words: &[&str]) -> Reply {
    let Some((list, settings)) = words.split_first() else { return Err("once takes a list".into()) };
    let isa = isa(settings)?;
    let (mut code, mut count) = (0, 0);
    for path in read_list(list)? {
        let text = std::fs::read_to_string(&path).map_err(|e| format!("{path}: {e}"))?;
        if let Ok(mut funcs) = cranelift_reader::parse_functions(&text) {
            count += funcs.len();
            code += compile_all(&isa, &mut funcs).0;
        }
    }
    Ok(format!(" funcs={count} code={code} peak={}", peak_memory()))
}

/// The largest resident size that this process has had, in bytes; 0 if the system does not say.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    line.and_then(|l| l.trim().strip_suffix(" kB")).and_then(|l| l.parse::<u64>().ok()).map_or(0, |kib| 1024 * kib)
}
