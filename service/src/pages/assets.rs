//! The style sheet, the script and the icon. Their names have a digest, so that browsers may keep them for ever.

use std::borrow::Cow;
use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{HeaderName, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use super::missing::missing_page;

/// The style sheet as it is written.
const SHEET: &str = include_str!("assets/page.css");

/// A style sheet without what is there for those who write it: comments, which have lines of their own, spaces, and zeros
/// before a point.
fn squeezed(sheet: &str) -> String {
    let lines = sheet.lines().map(str::trim).filter(|line| !line.starts_with("/*"));
    let dense = |line: &str| {
        [": ", " {", "{ ", "; ", ", "].iter().fold(line.to_owned(), |line, wide| line.replace(wide, wide.trim()))
    };
    lines.map(dense).collect::<String>().replace(";}", "}").replace(" }", "}").replace(" 0.", " .").replace(":0.", ":.")
}

/// A file that pages refer to.
pub(super) struct Asset {
    /// Its address.
    pub path: String,
    kind: &'static str,
    text: Cow<'static, str>,
}

impl Asset {
    fn of(stem: &str, ending: &str, kind: &'static str, text: Cow<'static, str>) -> Asset {
        let digest = format!("{:x}", Sha256::digest(&*text));
        Asset { path: format!("/assets/{stem}-{}.{ending}", &digest[..16]), kind, text }
    }
}

pub(super) static STYLE: LazyLock<Asset> =
    LazyLock::new(|| Asset::of("page", "css", "text/css; charset=utf-8", squeezed(SHEET).into()));

pub(super) static SCRIPT: LazyLock<Asset> =
    LazyLock::new(|| Asset::of("page", "js", "text/javascript; charset=utf-8", include_str!("assets/page.js").into()));

pub(super) static ICON: LazyLock<Asset> =
    LazyLock::new(|| Asset::of("icon", "svg", "image/svg+xml", include_str!("assets/icon.svg").into()));

/// A year, which is for ever to a cache.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

pub(super) async fn serve(Path(name): Path<String>) -> Response {
    let assets = [&*STYLE, &*SCRIPT, &*ICON];
    let Some(asset) = assets.into_iter().find(|asset| asset.path.strip_prefix("/assets/") == Some(&name)) else {
        return missing_page();
    };
    let headers: [(HeaderName, &'static str); 3] = [
        (header::CONTENT_TYPE, asset.kind),
        (header::CACHE_CONTROL, FOR_EVER),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, &*asset.text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_stays_light() {
        // Both fit in the first packets of a connection, so that a page stands after one round trip.
        assert!(STYLE.text.len() < 8 << 10, "{} bytes of CSS", STYLE.text.len());
        assert!(SCRIPT.text.len() < 6 << 10, "{} bytes of JS", SCRIPT.text.len());
    }

    /// The relative luminance of WCAG 2.
    fn luminance(colour: &str) -> f64 {
        let channel = |at: usize| {
            let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
            if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    }

    fn contrast(one: &str, other: &str) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    /// The colours of a theme: `--name: #rrggbb;`.
    fn colours(theme: &str) -> std::collections::BTreeMap<&str, &str> {
        let declared = theme.split(';').filter_map(|line| line.split_once(": #"));
        let named = declared.filter_map(|(name, _)| name.rsplit_once("--").map(|(_, name)| name));
        named
            .map(|name| {
                let at = theme.find(&format!("--{name}: #")).unwrap() + name.len() + 4;
                (name, &theme[at..at + 7])
            })
            .collect()
    }

    #[test]
    fn every_text_can_be_read_in_both_themes() {
        let (light, rest) = SHEET.split_once("@media (prefers-color-scheme: dark)").unwrap();
        let dark = rest.split_once("\n}\n").unwrap().0;
        for (name, theme) in [("light", colours(light)), ("dark", colours(dark))] {
            for ground in ["ground", "surface", "raised"] {
                for ink in ["ink", "muted", "accent", "good", "bad", "warn", "ours"] {
                    let contrast = contrast(theme[ink], theme[ground]);
                    // WCAG AA for text of any size.
                    assert!(contrast >= 4.5, "{name}: {ink} on {ground} has {contrast:.2}");
                }
                // WCAG AA for the bounds of what can be used.
                let contrast = contrast(theme["edge"], theme[ground]);
                assert!(contrast >= 3.0, "{name}: edge on {ground} has {contrast:.2}");
            }
            let button = contrast(theme["on-accent"], theme["accent"]);
            assert!(button >= 4.5, "{name}: a button has {button:.2}");
        }
    }
}
