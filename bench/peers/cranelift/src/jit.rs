//! Kernels in executable memory.

use crate::clock::Moment;
use crate::compile::finish_isa;
use crate::Reply;
use cranelift_codegen::ir::{ExternalName, UserExternalName};
use cranelift_codegen::Context;
use cranelift_jit::{JITBuilder, JITModule};
use cranelift_module::{default_libcall_names, FuncId, Linkage, Module};
use std::alloc::{alloc_zeroed, Layout};
use std::collections::HashMap;
use std::fmt::Write;

/// The functions of a file, and the memory they work on.
pub struct Linked {
    module: JITModule,
    ids: HashMap<String, FuncId>,
    memory: *mut u8,
}

impl Linked {
    pub fn new(words: &[&str]) -> Result<(Linked, String), String> {
        let [path, bytes, pads, settings @ ..] = words else { return Err("jit takes a path and two numbers".into()) };
        let pads: usize = pads.parse().map_err(|_| "the number of small functions is no number")?;
        let bytes: usize = bytes.parse().map_err(|_| "the size is no number")?;
        let text = std::fs::read_to_string(path).map_err(|e| format!("{path}: {e}"))?;
        let pads: String = (0..pads).map(|k| format!("function %pad{k}() system_v {{\nblock0:\n    return\n}}\n")).collect();
        let funcs = cranelift_reader::parse_functions(&(pads + &text)).map_err(|e| format!("{path}: {e}"))?;

        let native = cranelift_native::builder().map_err(String::from)?;
        let isa = finish_isa(native, settings)?;
        let mut module = JITModule::new(JITBuilder::with_isa(isa, default_libcall_names()));
        let mut ids = HashMap::new();
        for f in &funcs {
            let name = name_of(&f.name.to_string());
            let id = module.declare_function(&name, Linkage::Local, &f.signature).map_err(|e| e.to_string())?;
            ids.insert(name, id);
        }
        let mut reply = String::new();
        for mut f in funcs {
            let name = name_of(&f.name.to_string());
            let callees: Vec<_> = f.dfg.ext_funcs.iter().map(|(r, data)| (r, data.name.clone())).collect();
            for (r, callee) in callees {
                let ExternalName::TestCase(callee) = callee else { return Err(format!("{name} calls {callee:?}")) };
                let id = ids.get(&name_of(&callee.to_string())).ok_or_else(|| format!("{name} calls {callee:?}"))?;
                let user = f.declare_imported_user_function(UserExternalName::new(0, id.as_u32()));
                f.dfg.ext_funcs[r].name = ExternalName::user(user);
            }
            let mut ctx = Context::for_function(f);
            module.define_function(ids[&name], &mut ctx).map_err(|e| format!("{name}: {e:?}"))?;
            let size = ctx.compiled_code().map_or(0, |c| c.code_buffer().len());
            if !name.starts_with("pad") {
                let _ = write!(reply, " {name}={size}");
            }
        }
        module.finalize_definitions().map_err(|e| e.to_string())?;
        // It stays until the process ends: a page more than asked for, so that no layout is empty.
        let layout = Layout::from_size_align(bytes + 4096, 4096).map_err(|e| e.to_string())?;
        let memory = unsafe { alloc_zeroed(layout) };
        Ok((Linked { module, ids, memory }, reply))
    }

    pub fn run(&mut self, words: &[&str]) -> Reply {
        let [name, n, times] = words else { return Err("run takes a name and two numbers".into()) };
        let n: i64 = n.parse().map_err(|_| "N is no number")?;
        let times: u64 = times.parse().map_err(|_| "TIMES is no number")?;
        let id = self.ids.get(*name).ok_or_else(|| format!("there is no function {name}"))?;
        let code = self.module.get_finalized_function(*id);
        let call: extern "C" fn(*mut u8, i64) -> i64 = unsafe { std::mem::transmute(code) };
        let start = Moment::now();
        let mut result = 0;
        for _ in 0..times {
            result = call(self.memory, n);
        }
        Ok(format!(" result={result} ns={}", start.cpu_ns()))
    }
}

fn name_of(name: &str) -> String {
    name.trim_start_matches('%').to_string()
}
