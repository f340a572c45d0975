//! What can be imported in a guest. Handed in as text; nothing here asks a guest.

use std::collections::BTreeMap;

/// Stands for the names of a module that can't all be known.
const UNLISTED: &str = "*";

/// What can be imported in a guest, and what each module has.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Inventory {
    modules: BTreeMap<String, Names>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Names {
    /// All of them, sorted; those that start with an underscore may be absent.
    Listed(Vec<String>),
    Unlisted,
}

impl Inventory {
    /// An inventory of modules by their dotted names, each with the names that it has; a `*` among them says that there are more.
    pub fn new(modules: impl IntoIterator<Item = (String, Vec<String>)>) -> Self {
        let names = |mut names: Vec<String>| {
            if names.iter().any(|name| name == UNLISTED) {
                return Names::Unlisted;
            }
            names.sort_unstable();
            Names::Listed(names)
        };
        Self { modules: modules.into_iter().map(|(module, listed)| (module, names(listed))).collect() }
    }

    /// Reads an inventory from text: one line a module, `name attribute attribute …`, or `name *`.
    pub fn parse(text: &str) -> Self {
        Self::new(text.lines().filter_map(|line| {
            let mut words = line.split_whitespace().map(str::to_owned);
            Some((words.next()?, words.collect()))
        }))
    }

    /// Whether a module can be imported.
    pub(super) fn has_module(&self, module: &str) -> bool {
        self.modules.contains_key(module)
    }

    /// Whether a module certainly lacks a name.
    pub(super) fn lacks(&self, module: &str, name: &str) -> bool {
        match self.modules.get(module) {
            Some(Names::Listed(names)) => {
                !name.starts_with('_')
                    && names.binary_search_by(|listed| listed.as_str().cmp(name)).is_err()
                    && !self.has_module(&format!("{module}.{name}"))
            }
            Some(Names::Unlisted) | None => false,
        }
    }

    /// Whether a module is known to have a name.
    pub(super) fn has(&self, module: &str, name: &str) -> bool {
        self.names(module).binary_search_by(|listed| listed.as_str().cmp(name)).is_ok()
    }

    /// The names of a module, sorted; none where they are not listed.
    pub(super) fn names(&self, module: &str) -> &[String] {
        match self.modules.get(module) {
            Some(Names::Listed(names)) => names,
            Some(Names::Unlisted) | None => &[],
        }
    }

    /// The dotted names of the modules.
    pub(super) fn modules(&self) -> impl Iterator<Item = &str> {
        self.modules.keys().map(String::as_str)
    }

    /// The dotted names of the modules within a package.
    pub(super) fn submodules(&self, package: &str) -> impl Iterator<Item = &str> {
        let prefix = format!("{package}.");
        let from_here = self.modules.range(prefix.clone()..);
        from_here.map(|(module, _)| module.as_str()).take_while(move |module| module.starts_with(&prefix))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_becomes_an_inventory() {
        let inventory = Inventory::parse("os path getcwd\n\nos.path join\ntyping *\nempty\n");
        assert_eq!(inventory.modules().collect::<Vec<_>>(), ["empty", "os", "os.path", "typing"]);
        assert_eq!(inventory.submodules("os").collect::<Vec<_>>(), ["os.path"]);
        assert_eq!(inventory.names("os"), ["getcwd", "path"]);
        assert_eq!(inventory, Inventory::parse("typing List *\nempty\nos.path join\nos getcwd path"));
        let lacks =
            [("os", "getcwd"), ("os", "join"), ("os", "_exit"), ("typing", "Lisst"), ("sys", "a"), ("empty", "a")]
                .map(|(module, name)| inventory.lacks(module, name));
        assert_eq!(lacks, [false, true, false, false, false, true]);
        assert_eq!(Inventory::parse(""), Inventory::default());
    }
}
