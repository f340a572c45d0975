//! The languages: ids that Judge0 and its clients have for versions of Python 3, which are all one interpreter here.

use axum::Json;
use axum::extract::Path;
use serde_json::{Value, json};

use super::not_found;
use crate::error::Foreign;

/// 3.8.1, 3.11.2, 3.12.5, 3.13.2 and 3.14.0 in Judge0 CE.
pub(super) const IDS: [u64; 5] = [71, 92, 100, 109, 113];

/// What programs run in, whichever the id.
pub(super) const NAME: &str = "Python (3.14.0)";

pub(super) async fn index() -> Json<Value> {
    let languages = IDS.map(|id| json!({ "id": id, "name": NAME }));
    Json(languages.as_slice().into())
}

pub(super) async fn all() -> Json<Value> {
    let languages = IDS.map(|id| json!({ "id": id, "name": NAME, "is_archived": false }));
    Json(languages.as_slice().into())
}

pub(super) async fn show(Path(id): Path<String>) -> Result<Json<Value>, Foreign> {
    let known = id.parse().ok().filter(|id| IDS.contains(id)).ok_or_else(not_found)?;
    Ok(Json(json!({
        "id": known,
        "name": NAME,
        "is_archived": false,
        "source_file": "script.py",
        "compile_cmd": null,
        "run_cmd": "python3 script.py",
    })))
}
