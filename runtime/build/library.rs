//! One position-independent wasm library, read into its parts.
//!
//! The format is the "dylink.0" convention of the WebAssembly tool conventions (DynamicLinking.md).

use anyhow::{Context, Result, bail};
use wasmparser::{
    CompositeInnerType, Data, Dylink0Subsection, Element, Export, FuncType, FunctionBody, Global, KnownCustom, Parser,
    Payload, RecGroup, TypeRef,
};

/// A function that the library takes from elsewhere.
pub struct FunctionImport<'a> {
    pub module: &'a str,
    pub name: &'a str,
    pub type_index: u32,
}

/// How much room the library's data or table entries need.
#[derive(Default, Clone, Copy)]
pub struct Extent {
    pub size: u32,
    /// As a power of two.
    pub alignment: u32,
}

#[derive(Default)]
pub struct Library<'a> {
    pub name: String,
    pub memory: Extent,
    pub table: Extent,
    pub types: Vec<RecGroup>,
    /// The same types, one entry for each type index.
    pub signatures: Vec<FuncType>,
    pub function_imports: Vec<FunctionImport<'a>>,
    pub global_imports: Vec<(&'a str, &'a str)>,
    /// The type index of each function that the library defines.
    pub functions: Vec<u32>,
    pub globals: Vec<Global<'a>>,
    pub exports: Vec<Export<'a>>,
    pub elements: Vec<Element<'a>>,
    pub data: Vec<Data<'a>>,
    pub bodies: Vec<FunctionBody<'a>>,
}

impl<'a> Library<'a> {
    pub fn parse(name: &str, bytes: &'a [u8]) -> Result<Library<'a>> {
        let mut library = Library { name: name.to_owned(), ..Library::default() };
        for payload in Parser::new(0).parse_all(bytes) {
            library.take(payload?).with_context(|| format!("in library `{name}`"))?;
        }
        Ok(library)
    }

    /// The number of functions that come before the library's own in its index space.
    pub fn imported_functions(&self) -> u32 {
        self.function_imports.len() as u32
    }

    fn take(&mut self, payload: Payload<'a>) -> Result<()> {
        match payload {
            Payload::CustomSection(section) => {
                if let KnownCustom::Dylink0(subsections) = section.as_known() {
                    for subsection in subsections {
                        if let Dylink0Subsection::MemInfo(info) = subsection? {
                            self.memory = Extent { size: info.memory_size, alignment: info.memory_alignment };
                            self.table = Extent { size: info.table_size, alignment: info.table_alignment };
                        }
                    }
                }
            }
            Payload::TypeSection(groups) => {
                for group in groups {
                    let group = group?;
                    for sub_type in group.types() {
                        match &sub_type.composite_type.inner {
                            CompositeInnerType::Func(signature) => self.signatures.push(signature.clone()),
                            other => bail!("type {other:?} is not a function"),
                        }
                    }
                    self.types.push(group);
                }
            }
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    let import = import?;
                    match import.ty {
                        TypeRef::Func(type_index) => self.function_imports.push(FunctionImport {
                            module: import.module,
                            name: import.name,
                            type_index,
                        }),
                        TypeRef::Global(_) => self.global_imports.push((import.module, import.name)),
                        TypeRef::Memory(_) | TypeRef::Table(_) => {}
                        other => bail!("import `{}` is a {other:?}", import.name),
                    }
                }
            }
            Payload::FunctionSection(types) => self.functions = types.into_iter().collect::<Result<_, _>>()?,
            Payload::GlobalSection(globals) => self.globals = globals.into_iter().collect::<Result<_, _>>()?,
            Payload::ExportSection(exports) => self.exports = exports.into_iter().collect::<Result<_, _>>()?,
            Payload::ElementSection(elements) => self.elements = elements.into_iter().collect::<Result<_, _>>()?,
            Payload::DataSection(data) => self.data = data.into_iter().collect::<Result<_, _>>()?,
            Payload::CodeSectionEntry(body) => self.bodies.push(body),
            _ => {}
        }
        Ok(())
    }
}
