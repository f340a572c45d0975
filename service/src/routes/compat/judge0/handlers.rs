//! `/submissions`.

use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::{Extension, Json};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::accepted::Accepted;
use super::done::Done;
use super::request::{TextForm, accept};
use super::runner::Judge0;
use super::view::{Wanted, not_text, view};
use super::{foreign, not_found, refused};
use crate::dispatcher::Client;
use crate::error::{ApiError, Foreign};
use crate::routes::compat::body::Body;
use crate::state::AppState;
use crate::store::Judge0Submission;

/// Submissions in a batch, by Judge0.
pub(super) const MOST_IN_BATCH: usize = 20;

/// Submissions on a page, by Judge0, and the most that are given.
const ROWS_OF_A_PAGE: u32 = 20;
const MOST_ROWS_OF_A_PAGE: u32 = 100;

/// Everything that may stand in a query.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    base64_encoded: Option<String>,
    wait: Option<String>,
    fields: Option<String>,
    tokens: Option<String>,
    page: Option<String>,
    per_page: Option<String>,
}

impl Asked {
    fn form(&self) -> TextForm {
        if self.base64_encoded.as_deref() == Some("true") { TextForm::Base64 } else { TextForm::Plain }
    }

    fn wanted(&self) -> Result<Wanted, Foreign> {
        Wanted::of(self.fields.as_deref(), self.form())
    }
}

pub(super) async fn create(
    State(state): State<AppState>,
    Extension(judge0): Extension<Judge0>,
    Query(asked): Query<Asked>,
    client: Client,
    body: Body,
) -> Result<Foreign, Foreign> {
    let wanted = asked.wanted()?;
    let room = judge0.room(1)?;
    let (form, config) = (asked.form(), state.config.clone());
    let read = move |body: &[u8]| {
        let fields: Map<String, Value> = serde_json::from_slice(body).map_err(|error| refused(&error.to_string()))?;
        accept(&fields, form, &config.ceilings, &client)
    };
    let accepted = body.read_aside(read, foreign).await?;
    let token = Uuid::new_v4().to_string();
    if asked.wait.as_deref() != Some("true") {
        judge0.take(&state, &token, accepted, room).await?;
        return Ok(Foreign::created(json!({ "token": token })));
    }
    let done = judge0.run_now(&state, &token, &accepted).await?;
    let view = view(&token, &accepted, Some(&done), &wanted);
    Ok(Foreign::created(view.unwrap_or_else(|| {
        let mut body = not_text("this submission");
        body["token"] = json!(token);
        body
    })))
}

pub(super) async fn create_batch(
    State(state): State<AppState>,
    Extension(judge0): Extension<Judge0>,
    Query(asked): Query<Asked>,
    client: Client,
    body: Body,
) -> Result<Foreign, Foreign> {
    #[derive(Deserialize)]
    struct Batch {
        #[serde(default)]
        submissions: Vec<Map<String, Value>>,
    }
    let (form, config) = (asked.form(), state.config.clone());
    let read = move |body: &[u8]| {
        let batch: Batch = serde_json::from_slice(body).map_err(|error| refused(&error.to_string()))?;
        check_size(batch.submissions.len())?;
        let accept = |fields| accept(fields, form, &config.ceilings, &client);
        Ok(batch.submissions.iter().map(accept).collect::<Vec<_>>())
    };
    let accepted = body.read_aside(read, foreign).await?;
    let mut room = judge0.room(accepted.len())?;
    let mut answers = Vec::new();
    let mut is_any_taken = false;
    for accepted in accepted {
        answers.push(match accepted {
            Ok(accepted) => {
                let token = Uuid::new_v4().to_string();
                let own = room.split(1).expect("there is room for each");
                judge0.take(&state, &token, accepted, own).await?;
                is_any_taken = true;
                json!({ "token": token })
            }
            Err(wrong) => wrong.body().clone(),
        });
    }
    let answers = Value::Array(answers);
    Ok(if is_any_taken { Foreign::created(answers) } else { Foreign::unprocessable(answers) })
}

pub(super) async fn show(
    Extension(judge0): Extension<Judge0>,
    Path(token): Path<String>,
    Query(asked): Query<Asked>,
    client: Client,
) -> Result<Json<Value>, Foreign> {
    let wanted = asked.wanted()?;
    if !is_token(&token) {
        return Err(not_found());
    }
    let submission =
        judge0.store.judge0(&token).await.map_err(|error| foreign(&ApiError::from(error)))?.ok_or_else(not_found)?;
    if !is_of(&submission, &client)? {
        return Err(not_found());
    }
    let shown = of_kept(&submission, &wanted)?;
    shown.map(Json).ok_or_else(|| Foreign::bad_request(not_text("this submission")))
}

pub(super) async fn show_batch(
    Extension(judge0): Extension<Judge0>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
    client: Client,
) -> Result<Json<Value>, Foreign> {
    let wanted = asked.wanted()?;
    let in_header = headers.get("tokens").and_then(|value| value.to_str().ok());
    let tokens = in_header.or(asked.tokens.as_deref()).unwrap_or_default().split(',').map(str::trim);
    let tokens: Vec<String> = tokens.filter(|token| !token.is_empty()).map(str::to_owned).collect();
    check_size(tokens.len())?;
    let tokens: Vec<String> =
        tokens.into_iter().map(|token| if is_token(&token) { token } else { "-".to_owned() }).collect();
    let found = judge0.store.judge0_many(&tokens).await.map_err(|error| foreign(&ApiError::from(error)))?;
    let mut submissions = Vec::new();
    for submission in found {
        submissions.push(match submission {
            Some(submission) if is_of(&submission, &client)? => {
                of_kept(&submission, &wanted)?.ok_or_else(some_not_text)?
            }
            Some(_) | None => Value::Null,
        });
    }
    Ok(Json(json!({ "submissions": submissions })))
}

/// Clients with keys see their own; their pages may have fewer rows than others' would.
pub(super) async fn index(
    Extension(judge0): Extension<Judge0>,
    Query(asked): Query<Asked>,
    client: Client,
) -> Result<Json<Value>, Foreign> {
    let wanted = asked.wanted()?;
    let number = |text: &Option<String>, default: u32| text.as_ref().map_or(Ok(default), |text| text.parse::<u32>());
    let page = number(&asked.page, 1).ok().filter(|page| *page > 0);
    let page = page.ok_or_else(|| refused(&format!("invalid page: {}", asked.page.clone().unwrap_or_default())))?;
    let rows = number(&asked.per_page, ROWS_OF_A_PAGE).ok().filter(|rows| *rows > 0);
    let rows =
        rows.ok_or_else(|| refused(&format!("invalid per_page: {}", asked.per_page.clone().unwrap_or_default())))?;
    let rows = rows.min(MOST_ROWS_OF_A_PAGE);
    let (found, all) = judge0.store.judge0_page(page, rows).await.map_err(|error| foreign(&ApiError::from(error)))?;
    let mut submissions = Vec::new();
    for submission in &found {
        if is_of(submission, &client)? {
            submissions.push(of_kept(submission, &wanted)?.ok_or_else(some_not_text)?);
        }
    }
    let pages = all.div_ceil(u64::from(rows));
    Ok(Json(json!({
        "submissions": submissions,
        "meta": {
            "current_page": page,
            "next_page": (u64::from(page) < pages).then_some(page + 1),
            "prev_page": (page > 1).then_some(page - 1),
            "total_pages": pages,
            "total_count": all,
        },
    })))
}

/// As in a Judge0 whose `ENABLE_SUBMISSION_DELETE` is not set, which is its default.
pub(super) async fn delete() -> Foreign {
    refused("delete not allowed")
}

fn check_size(submissions: usize) -> Result<(), Foreign> {
    match submissions {
        0 => Err(refused("there should be at least one submission in a batch")),
        1..=MOST_IN_BATCH => Ok(()),
        _ => Err(refused(&format!("number of submissions in a batch should be less than or equal to {MOST_IN_BATCH}"))),
    }
}

fn some_not_text() -> Foreign {
    Foreign::bad_request(not_text("one or more submissions"))
}

fn read(submission: &Judge0Submission) -> Result<(Accepted, Option<Done>), Foreign> {
    let read = || -> Result<_, serde_json::Error> {
        let done = submission.result.as_deref().map(serde_json::from_str).transpose()?;
        Ok((serde_json::from_str(&submission.request)?, done))
    };
    read().map_err(|error| foreign(&ApiError::Fault(format!("a submission can't be read: {error}"))))
}

/// What a token of ours can look like: databases differ in what else they take.
fn is_token(text: &str) -> bool {
    text.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn is_of(submission: &Judge0Submission, client: &Client) -> Result<bool, Foreign> {
    read(submission).map(|(accepted, _)| accepted.client().name == client.name)
}

/// A submission that is kept; nothing where it is no text.
fn of_kept(submission: &Judge0Submission, wanted: &Wanted) -> Result<Option<Value>, Foreign> {
    let (accepted, done) = read(submission)?;
    Ok(view(&submission.token, &accepted, done.as_ref(), wanted))
}
