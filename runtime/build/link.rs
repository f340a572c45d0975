//! The static merge: several position-independent libraries become one module with one memory and one table.
//!
//! What a dynamic linker would do at run time is done once here. `__memory_base`, `__table_base` and the
//! addresses of symbols (`GOT.mem`, `GOT.func`) become constants, so Cranelift sees plain addresses.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context, Result, bail};
use wasm_encoder::reencode::{Error as ReencodeError, Reencode, utils};
use wasm_encoder::{
    CodeSection, ConstExpr, DataCountSection, DataSection, ElementSection, Elements, EntityType, ExportKind,
    ExportSection, Function, FunctionSection, GlobalSection, GlobalType, ImportSection, Instruction, MemArg,
    MemorySection, MemoryType, Module, RefType, TableSection, TableType, TypeSection, ValType,
};
use wasmparser::{DataKind, ElementKind, ExternalKind, FuncType, Operator};

use crate::library::Library;

/// Functions that every library exports for its own start, never a symbol of another.
const START_FUNCTIONS: [(&str, &str); 2] = [("__wasm_apply_data_relocs", "relocs"), ("_initialize", "ctors")];

/// Whether the host provides the import. The other half of the hybrid libc (files and
/// sockets of WASI 0.2, and its adapter) is never reached.
fn host_provides(module: &str, name: &str) -> bool {
    module == "proofhouse"
        || (module == "wasi_snapshot_preview1" && !name.starts_with("adapter_"))
        || module.starts_with("wasi:clocks/")
        || module.starts_with("wasi:io/poll@")
}

/// What a library's global index stands for in the merged module.
#[derive(Clone, Copy)]
enum GlobalTarget {
    StackPointer,
    Constant(i32),
    Own(u32),
}

/// A library and where its parts stand in the merged module.
struct Placed<'a> {
    library: Library<'a>,
    memory_base: u32,
    table_base: u32,
    type_base: u32,
    function_base: u32,
    data_base: u32,
    element_base: u32,
    imported_functions: Vec<u32>,
    globals: Vec<GlobalTarget>,
}

/// A function by the library that defines it.
#[derive(Clone, Copy)]
struct Symbol {
    library: usize,
    index: u32,
}

/// Links the libraries. The names in `exports` are looked up among their functions.
pub fn link(libraries: &[(String, Vec<u8>)], stack_bytes: u32, exports: &[&str]) -> Result<Vec<u8>> {
    let mut linker = Linker::place(libraries, stack_bytes)?;
    linker.resolve()?;
    let module = linker.emit(exports)?;
    wasmparser::Validator::new_with_features(wasmparser::WasmFeatures::all())
        .validate_all(&module)
        .context("the merged module is not valid")?;
    Ok(module)
}

struct Linker<'a> {
    placed: Vec<Placed<'a>>,
    stack_bytes: u32,
    heap_base: u32,
    /// Imports of the merged module: module, name, type.
    host: Vec<(&'a str, &'a str, u32)>,
    /// Functions that nobody provides: name, type.
    stubs: Vec<(String, u32)>,
    functions: HashMap<&'a str, Symbol>,
    addresses: HashMap<&'a str, i32>,
    /// Functions whose address is taken across libraries, in table order from `table_len`.
    address_taken: Vec<u32>,
    table_len: u32,
    own_globals: Vec<i32>,
}

fn align(value: u32, power: u32) -> u32 {
    value.next_multiple_of(1 << power)
}

impl<'a> Linker<'a> {
    /// The stack stands first, so that running over its end leaves memory and traps; then each library's data; then the heap.
    fn place(sources: &'a [(String, Vec<u8>)], stack_bytes: u32) -> Result<Self> {
        let (mut memory, mut table, mut types, mut data, mut elements) = (stack_bytes, 1, 0, 0, 0);
        let mut placed = Vec::new();
        for (name, bytes) in sources {
            let library = Library::parse(name, bytes)?;
            memory = align(memory, library.memory.alignment.max(4));
            table = align(table, library.table.alignment);
            let place = Placed {
                memory_base: memory,
                table_base: table,
                type_base: types,
                function_base: 0,
                data_base: data,
                element_base: elements,
                imported_functions: Vec::new(),
                globals: Vec::new(),
                library,
            };
            memory += place.library.memory.size;
            table += place.library.table.size;
            types += place.library.signatures.len() as u32;
            data += place.library.data.len() as u32;
            elements += place.library.elements.len() as u32;
            placed.push(place);
        }
        Ok(Linker {
            placed,
            stack_bytes,
            heap_base: align(memory, 4),
            host: Vec::new(),
            stubs: Vec::new(),
            functions: HashMap::new(),
            addresses: HashMap::new(),
            address_taken: Vec::new(),
            table_len: table,
            own_globals: Vec::new(),
        })
    }

    fn resolve(&mut self) -> Result<()> {
        self.collect_symbols()?;
        let imports = self.resolve_imports();
        let mut next = (self.host.len() + self.stubs.len()) as u32;
        for place in &mut self.placed {
            place.function_base = next;
            next += place.library.functions.len() as u32;
        }
        for (position, targets) in imports.into_iter().enumerate() {
            self.placed[position].imported_functions = targets.into_iter().map(|target| self.index(target)).collect();
        }
        self.resolve_globals()
    }

    fn collect_symbols(&mut self) -> Result<()> {
        for (position, place) in self.placed.iter().enumerate() {
            let library = &place.library;
            for export in &library.exports {
                match export.kind {
                    ExternalKind::Func | ExternalKind::FuncExact => {
                        let starts = START_FUNCTIONS.iter().any(|(name, _)| *name == export.name);
                        // A re-exported import is defined elsewhere.
                        if !starts && export.name != "__wasm_call_ctors" && export.index >= library.imported_functions()
                        {
                            self.functions
                                .entry(export.name)
                                .or_insert(Symbol { library: position, index: export.index });
                        }
                    }
                    ExternalKind::Global => {
                        let imported = library.global_imports.len() as u32;
                        if let Some(own) = export.index.checked_sub(imported) {
                            let offset = evaluate(&library.globals[own as usize].init_expr, &[])?;
                            self.addresses.entry(export.name).or_insert(offset.wrapping_add(place.memory_base as i32));
                        }
                    }
                    _ => {}
                }
            }
        }
        let bounds = [
            ("__heap_base", self.heap_base),
            ("__heap_end", align(self.heap_base, 16)),
            ("__stack_high", self.stack_bytes),
            ("__stack_low", 0),
        ];
        self.addresses.extend(bounds.map(|(name, address)| (name, address as i32)));
        Ok(())
    }

    /// Decides for every imported function: another library's, the host's, or a stub.
    fn resolve_imports(&mut self) -> Vec<Vec<Target>> {
        let mut host = BTreeMap::new();
        let mut stubs = HashMap::new();
        let mut all = Vec::new();
        for place in &self.placed {
            let mut targets = Vec::new();
            for import in &place.library.function_imports {
                let type_index = place.type_base + import.type_index;
                let symbol = self.functions.get(import.name).filter(|_| import.module == "env");
                targets.push(if let Some(symbol) = symbol {
                    Target::Symbol(*symbol)
                } else if host_provides(import.module, import.name) {
                    Target::Host(*host.entry((import.module, import.name)).or_insert_with(|| {
                        self.host.push((import.module, import.name, type_index));
                        self.host.len() as u32 - 1
                    }))
                } else {
                    let name = format!("{}.{}", import.module, import.name);
                    Target::Stub(*stubs.entry(name.clone()).or_insert_with(|| {
                        self.stubs.push((name, type_index));
                        self.stubs.len() as u32 - 1
                    }))
                });
            }
            all.push(targets);
        }
        all
    }

    fn index(&self, target: Target) -> u32 {
        match target {
            Target::Host(index) => index,
            Target::Stub(index) => self.host.len() as u32 + index,
            Target::Symbol(symbol) => {
                let place = &self.placed[symbol.library];
                place.function_base + symbol.index - place.library.imported_functions()
            }
        }
    }

    fn resolve_globals(&mut self) -> Result<()> {
        let mut slots: HashMap<&str, i32> = HashMap::new();
        for position in 0..self.placed.len() {
            let mut targets = Vec::new();
            let place = &self.placed[position];
            for (module, name) in place.library.global_imports.clone() {
                targets.push(match (module, name) {
                    ("env", "__stack_pointer") => GlobalTarget::StackPointer,
                    ("env", "__memory_base") => GlobalTarget::Constant(place.memory_base as i32),
                    ("env", "__table_base") => GlobalTarget::Constant(place.table_base as i32),
                    // An undefined weak symbol has address 0.
                    ("GOT.mem", symbol) => GlobalTarget::Constant(self.addresses.get(symbol).copied().unwrap_or(0)),
                    ("GOT.func", symbol) => {
                        let slot = match (slots.get(symbol), self.functions.get(symbol)) {
                            (Some(slot), _) => *slot,
                            (None, Some(function)) => {
                                self.address_taken.push(self.index(Target::Symbol(*function)));
                                (self.table_len as usize + self.address_taken.len() - 1) as i32
                            }
                            (None, None) => 0,
                        };
                        slots.insert(symbol, slot);
                        GlobalTarget::Constant(slot)
                    }
                    _ => bail!("library `{}` imports the unknown global `{module}.{name}`", place.library.name),
                });
            }
            for global in &self.placed[position].library.globals {
                let value = evaluate(&global.init_expr, &targets)?;
                targets.push(if global.ty.mutable {
                    self.own_globals.push(value);
                    // Index 0 is the stack pointer.
                    GlobalTarget::Own(self.own_globals.len() as u32)
                } else {
                    GlobalTarget::Constant(value)
                });
            }
            self.placed[position].globals = targets;
        }
        Ok(())
    }

    fn signature(&self, type_index: u32) -> &FuncType {
        let place = self.placed.iter().rev().find(|place| place.type_base <= type_index).expect("bases start at 0");
        &place.library.signatures[(type_index - place.type_base) as usize]
    }

    fn emit(&self, wanted: &[&str]) -> Result<Vec<u8>> {
        let mut types = TypeSection::new();
        let mut functions = FunctionSection::new();
        let mut code = CodeSection::new();
        let mut elements = ElementSection::new();
        let mut data = DataSection::new();
        for (name, type_index) in &self.stubs {
            functions.function(*type_index);
            code.function(&stub(name, self.signature(*type_index)));
        }
        for place in &self.placed {
            let mut rewriter = Rewriter(place);
            for group in &place.library.types {
                rewriter.parse_recursive_type_group(types.ty(), group.clone()).map_err(plain)?;
            }
            for type_index in &place.library.functions {
                functions.function(place.type_base + type_index);
            }
            for body in &place.library.bodies {
                rewriter.parse_function_body(&mut code, body.clone()).map_err(plain)?;
            }
            for element in &place.library.elements {
                let ElementKind::Active { offset_expr, .. } = &element.kind else {
                    bail!("library `{}` has an element segment that is not active", place.library.name)
                };
                let offset = ConstExpr::i32_const(evaluate(offset_expr, &place.globals)?);
                elements.active(None, &offset, rewriter.element_items(element.items.clone()).map_err(plain)?);
            }
            for segment in &place.library.data {
                let bytes = segment.data.iter().copied();
                match &segment.kind {
                    DataKind::Active { offset_expr, .. } => {
                        data.active(0, &ConstExpr::i32_const(evaluate(offset_expr, &place.globals)?), bytes);
                    }
                    DataKind::Passive => {
                        data.passive(bytes);
                    }
                }
            }
        }
        elements.active(
            None,
            &ConstExpr::i32_const(self.table_len as i32),
            Elements::Functions(self.address_taken.as_slice().into()),
        );
        let mut imports = ImportSection::new();
        for (module, name, type_index) in &self.host {
            imports.import(module, name, EntityType::Function(*type_index));
        }
        let (tables, memories, globals) = self.spaces();
        let mut module = Module::new();
        module.section(&types).section(&imports).section(&functions).section(&tables).section(&memories);
        module.section(&globals).section(&self.exports(wanted)?).section(&elements);
        module.section(&DataCountSection { count: data.len() }).section(&code).section(&data);
        Ok(module.finish())
    }

    fn spaces(&self) -> (TableSection, MemorySection, GlobalSection) {
        let mut tables = TableSection::new();
        let len = u64::from(self.table_len) + self.address_taken.len() as u64;
        let element_type = RefType::FUNCREF;
        tables.table(TableType { element_type, minimum: len, maximum: Some(len), table64: false, shared: false });
        let mut memories = MemorySection::new();
        let minimum = u64::from(align(self.heap_base, 16) >> 16);
        memories.memory(MemoryType { minimum, maximum: None, memory64: false, shared: false, page_size_log2: None });
        let mut globals = GlobalSection::new();
        let stack_pointer = self.stack_bytes as i32;
        for value in std::iter::once(stack_pointer).chain(self.own_globals.iter().copied()) {
            let kind = GlobalType { val_type: ValType::I32, mutable: true, shared: false };
            globals.global(kind, &ConstExpr::i32_const(value));
        }
        (tables, memories, globals)
    }

    fn exports(&self, wanted: &[&str]) -> Result<ExportSection> {
        let mut exports = ExportSection::new();
        exports.export("memory", ExportKind::Memory, 0);
        exports.export("stack_pointer", ExportKind::Global, 0);
        for (position, place) in self.placed.iter().enumerate() {
            for export in &place.library.exports {
                let start = START_FUNCTIONS.iter().find(|(name, _)| *name == export.name);
                if let (Some((_, label)), true) = (start, export.index >= place.library.imported_functions()) {
                    let index = self.index(Target::Symbol(Symbol { library: position, index: export.index }));
                    exports.export(&format!("{label}.{position}"), ExportKind::Func, index);
                }
            }
        }
        for name in wanted {
            let symbol = self.functions.get(name).with_context(|| format!("no library exports `{name}`"))?;
            exports.export(name, ExportKind::Func, self.index(Target::Symbol(*symbol)));
        }
        Ok(exports)
    }
}

/// Who provides an imported function; the number is an index among its kind.
#[derive(Clone, Copy)]
enum Target {
    Host(u32),
    Stub(u32),
    Symbol(Symbol),
}

/// What stands in for a function that nobody provides: sockets are refused as WASI 0.2 refuses them, so that Python
/// raises `PermissionError`; a library can't be opened at run time; the rest is never reached and traps.
fn stub(name: &str, signature: &FuncType) -> Function {
    let mut function = Function::new([]);
    let refuses = ["create-tcp-socket", "create-udp-socket", "resolve-addresses"];
    if refuses.iter().any(|part| name.contains(part)) {
        // result<_, error-code> behind the last parameter: byte 0 is 1 for an error, byte 4 is 1 for access-denied.
        let result = signature.params().len() as u32 - 1;
        for offset in [0, 4] {
            function.instruction(&Instruction::LocalGet(result));
            function.instruction(&Instruction::I32Const(1));
            function.instruction(&Instruction::I32Store8(MemArg { offset, align: 0, memory_index: 0 }));
        }
    } else if name.contains("instance-network") || ["env.dlopen", "env.dlsym", "env.dlerror"].contains(&name) {
        function.instruction(&Instruction::I32Const(0));
    } else {
        function.instruction(&Instruction::Unreachable);
    }
    function.instruction(&Instruction::End);
    function
}

/// The value of a constant expression, with the globals known so far.
fn evaluate(expression: &wasmparser::ConstExpr, globals: &[GlobalTarget]) -> Result<i32> {
    let mut stack = Vec::new();
    for operator in expression.get_operators_reader() {
        match operator? {
            Operator::I32Const { value } => stack.push(value),
            Operator::GlobalGet { global_index } => match globals.get(global_index as usize) {
                Some(GlobalTarget::Constant(value)) => stack.push(*value),
                _ => bail!("global {global_index} is not a constant"),
            },
            Operator::I32Add => match (stack.pop(), stack.pop()) {
                (Some(right), Some(left)) => stack.push(left.wrapping_add(right)),
                _ => bail!("i32.add lacks an operand"),
            },
            Operator::End => {}
            other => bail!("operator {other:?} in a constant expression"),
        }
    }
    stack.pop().context("a constant expression without a value")
}

fn plain(error: ReencodeError<anyhow::Error>) -> anyhow::Error {
    match error {
        ReencodeError::UserError(error) => error,
        other => anyhow::anyhow!("{other:?}"),
    }
}

/// Rewrites one library's indices into those of the merged module.
struct Rewriter<'p, 'a>(&'p Placed<'a>);

impl Reencode for Rewriter<'_, '_> {
    type Error = anyhow::Error;

    fn type_index(&mut self, index: u32) -> Result<u32, ReencodeError<Self::Error>> {
        Ok(self.0.type_base + index)
    }

    fn function_index(&mut self, index: u32) -> Result<u32, ReencodeError<Self::Error>> {
        let imported = self.0.library.imported_functions();
        Ok(match index.checked_sub(imported) {
            Some(own) => self.0.function_base + own,
            None => self.0.imported_functions[index as usize],
        })
    }

    fn data_index(&mut self, index: u32) -> Result<u32, ReencodeError<Self::Error>> {
        Ok(self.0.data_base + index)
    }

    fn element_index(&mut self, index: u32) -> Result<u32, ReencodeError<Self::Error>> {
        Ok(self.0.element_base + index)
    }

    fn global_index(&mut self, index: u32) -> Result<u32, ReencodeError<Self::Error>> {
        match self.0.globals[index as usize] {
            GlobalTarget::StackPointer => Ok(0),
            GlobalTarget::Own(index) => Ok(index),
            GlobalTarget::Constant(_) => {
                Err(ReencodeError::UserError(anyhow::anyhow!("constant global {index} is written")))
            }
        }
    }

    fn instruction<'i>(&mut self, operator: Operator<'i>) -> Result<Instruction<'i>, ReencodeError<Self::Error>> {
        if let Operator::GlobalGet { global_index } = operator
            && let GlobalTarget::Constant(value) = self.0.globals[global_index as usize]
        {
            return Ok(Instruction::I32Const(value));
        }
        utils::instruction(self, operator)
    }
}
